"""What a key may do: each resource names the scope it asks for."""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from regulars.platform import errors
from regulars.tenants import keys

if TYPE_CHECKING:  # views read the settings, which name this module
    from rest_framework.views import APIView


class MissingScope(errors.Refused):
    status = 403
    code = "missing_scope"


class HasScope(BasePermission):
    """Raises MissingScope. A view that names no scope is open to nobody."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scope: str | None = getattr(view, "scope", None)
        holder = cast("keys.Holder | None", request.auth)
        if scope is None or holder is None or scope not in holder.scopes:
            raise MissingScope(f"This key lacks the scope {scope}." if scope else "No key opens this.")
        return True
