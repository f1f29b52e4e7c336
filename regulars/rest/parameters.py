"""What may stand behind the question mark. Unknown words are refused: a typo must not return everything."""

from datetime import UTC
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from regulars.platform.pagination import MAX_CURSOR_CHARACTERS
from regulars.rest.errors import BadParameters

MAX_ROWS_PER_PAGE = 100
ROWS_PER_PAGE = 50


class TimeField(serializers.DateTimeField):
    """RFC 3339; without an offset it is UTC, whatever zone the tenant lives in."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)


class Parameters(serializers.Serializer[Any]):
    """None at all; lists and filters are declared in subclasses, which the API description reads too."""


class PageParameters(Parameters):
    limit = serializers.IntegerField(
        required=False,
        default=ROWS_PER_PAGE,
        min_value=1,
        max_value=MAX_ROWS_PER_PAGE,
        help_text="How many results a page holds.",
    )
    cursor = serializers.CharField(
        required=False,
        max_length=MAX_CURSOR_CHARACTERS,
        help_text="Where the page begins: taken from `next` or `previous`, never made up.",
    )


def read(declared: type[Parameters], query: QueryDict) -> dict[str, Any]:
    """The values by name, defaults included. Raises BadParameters, which names each one that is wrong."""
    form = declared(data=query.dict())
    problems = [(name, "There is no such parameter.") for name in query if name not in form.fields]
    problems += [(name, "Give it once.") for name in query if len(query.getlist(name)) > 1]
    if not form.is_valid():
        problems += [(name, str(messages[0])) for name, messages in form.errors.items()]
    if problems:
        raise BadParameters(problems)
    return dict(form.validated_data)
