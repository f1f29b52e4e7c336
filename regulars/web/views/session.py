"""Entering a tenant's host by hand-over, and leaving it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from regulars.platform import tenancy
from regulars.tenants import accounts
from regulars.web import htmx
from regulars.web.access import everybody
from regulars.web.middleware import people


@everybody
@never_cache
@require_safe
def enter(request: htmx.Request) -> HttpResponse:
    """Spend the token of the public host: a session of this host, which accepts no other way in."""
    with tenancy.shared():
        person = accounts.taken_over(
            token=request.GET.get("token", ""), schema=request.tenant.schema_name, at=timezone.now()
        )
        people.sign_in(request, person, tenant=request.tenant)
    return redirect("home:index")


@everybody
@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out here. What the browser kept of this host goes, too."""
    with tenancy.shared():
        request.session.flush()
    answer = redirect(f"{settings.PUBLIC_ORIGIN}/sign-out/")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@everybody
@never_cache
@require_safe
def leave_public(request: HttpRequest) -> HttpResponse:
    """The public host's own session ends with the tenant's. Ending it by a link harms nobody."""
    request.session.flush()
    return redirect("public:landing")
