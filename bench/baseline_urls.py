"""The baseline of ``ack``: an empty view with the same server and middleware, and the same single INSERT."""

from django.http import HttpResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from regulars.platform import ids, inbox, tenancy

EMPTY = b"{}"


@csrf_exempt
def insert(request, key):
    now = timezone.now()
    body = request.body
    values = [ids.new(), "t_bench", "shop", ids.new(), ids.new(), "order.updated", "", "{}", body]
    tenancy.execute(inbox.STORE, [*values, "0" * 64, 0, now, now])
    return HttpResponse("ok\n", content_type="text/plain")


insert.open_to = "everybody"
urlpatterns = [
    path("hooks/shop/<str:key>/", insert),
    path("", include("regulars.web.urls.health")),
]
handler500 = "regulars.web.views.errors.broken"
