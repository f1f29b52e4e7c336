"""What a key may do: each resource names the scope it asks for."""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from regulars.tenants import bearer, keys

if TYPE_CHECKING:  # views read the settings, which name this module
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Raises MissingScope. A view that names no scope is open to nobody."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scope: str | None = getattr(view, "scope", None)
        holder = cast("keys.Holder | None", request.auth)
        if scope is None or holder is None:
            raise bearer.MissingScope("No key opens this.")
        bearer.require(scope, holder=holder)
        return True
