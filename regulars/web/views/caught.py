"""Mails that were caught instead of sent: for trying a campaign out on one's own machine.

The HTML of a mail is a stranger's as far as this page is concerned: it is shown in a frame without scripts
and of no origin, under a policy of its own.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from regulars.integrations.email import caught
from regulars.web import csp, htmx
from regulars.web.access import members

# Pictures of the mail and its own pixel; its links open in a tab of their own.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data: {origin}; form-action 'none';"
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@members
@never_cache
@require_safe
def index(request: htmx.Request) -> HttpResponse:
    return render(request, "caught/index.html", {"mails": caught.listed(), "most": caught.MAX_SHOWN})


@members
@never_cache
@require_safe
def show(request: htmx.Request, name: str) -> HttpResponse:
    return render(request, "caught/show.html", {"mail": caught.read(name)})


@members
@never_cache
@require_safe
def html(request: htmx.Request, name: str) -> HttpResponse:
    """The mail's own HTML, for the frame of the page above."""
    shown = caught.read(name).html.replace("<head>", '<head><base target="_blank">', 1)
    answer = HttpResponse(shown)
    origin = f"{request.scheme}://{request.get_host()}"
    answer[csp.HEADER] = POLICY.format(origin=origin)
    return answer
