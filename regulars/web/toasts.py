"""Short answers to what a person just did, with a way back."""

from django.contrib import messages
from django.http import HttpRequest


def say(request: HttpRequest, *, message: str, undo: str = "") -> None:
    """Show ``message`` with the next page, or with the part that includes ``toasts.html``.

    ``undo`` is the address to which the Undo button posts.
    """
    messages.add_message(request, messages.SUCCESS, message, extra_tags=undo)


def warn(request: HttpRequest, *, message: str) -> None:
    """The same for something that did not work; it stays until it is closed."""
    messages.add_message(request, messages.ERROR, message)
