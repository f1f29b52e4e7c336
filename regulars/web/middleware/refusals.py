"""Refusals of use cases, said once: a message with the refusal's status, as a page or a part."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from regulars.platform import errors
from regulars.web.htmx import wants_part

Answer = Callable[[HttpRequest], HttpResponse]


class RefusalMiddleware:
    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Anything but a refusal is a bug and goes on to Sentry."""
        if not isinstance(problem, errors.Refused):
            return None
        template = "refused.html" if wants_part(request) else "refused_page.html"
        return render(
            request, template, {"message": str(problem), "code": problem.code}, status=problem.status
        )
