"""From host to tenant, and into the tenant just before the view."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseRedirect
from django.http.request import split_domain_port

from regulars.platform import tenancy
from regulars.tenants import resolving

Answer = Callable[[HttpRequest], HttpResponse]

# Doors that answer on any host: what they serve is named by a key or by nobody.
ANY_HOST = ("/hooks/", "/livez", "/readyz", "/metrics")
# Views that find their tenant by a key and enter it themselves.
ENTER_THEMSELVES = ("/api/", "/graphql/", *ANY_HOST)
LOOPBACK = frozenset({"127.0.0.1", "[::1]"})


class TenantMiddleware:
    """Resolves only: ``request.tenant`` (None on the public host) and the list of URLs to use."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host, _ = split_domain_port(request.META.get("HTTP_HOST", "").lower())
        request.tenant = None  # type: ignore[attr-defined]
        request.urlconf = settings.PUBLIC_URLCONF
        if request.path_info.startswith(ANY_HOST) or resolving.is_public(host):
            return self.get_response(request)
        if host in LOOPBACK:
            if request.path_info.startswith(("/api/", "/graphql/")):
                return self.get_response(request)
            return HttpResponseRedirect(settings.PUBLIC_ORIGIN + request.get_full_path())
        tenant = resolving.tenant_at(host)
        if tenant is None:
            return HttpResponseNotFound("There is no shop at this address.\n", content_type="text/plain")
        request.tenant = tenant  # type: ignore[attr-defined]
        request.urlconf = settings.TENANT_URLCONF
        return self.get_response(request)


class EnterTenantMiddleware:
    """The innermost: session, person and membership are read outside, in public; the view runs inside."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        tenant: resolving.Resolved | None = request.tenant  # type: ignore[attr-defined]
        if tenant is None or request.path_info.startswith(ENTER_THEMSELVES):
            return self.get_response(request)
        with tenancy.opened(tenant.schema_name):
            return self.get_response(request)
