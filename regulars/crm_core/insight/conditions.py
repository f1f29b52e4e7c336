"""One rule of a segment, read from JSON: its field, what it is, and a value of the right kind."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Never, TypeAlias
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.crm_core.insight.tree import (
    ANSWERS,
    CHANNELS,
    CHOICES,
    CODES,
    COMPARISONS,
    MOMENTS,
    NUMBERS,
    POSSESSIONS,
    PURCHASES,
    RECENCIES,
    STAGES,
    TEXTS,
    TIMED,
    WORDINGS,
    BadRules,
    Bought,
    Consented,
    Leaf,
    Moment,
    Number,
    Staged,
    Tagged,
    Text,
    under,
)

MAX_CHOICES = 50  # of one "is any of"
MAX_TEXT_CHARACTERS = 200
MAX_DAYS = 36_500
MAX_COUNT = 1_000_000_000
MAX_AMOUNT = Decimal(10) ** 12
AMOUNT_DECIMALS = 4
COUNTRY_CHARACTERS = 2


def read(data: Mapping[str, Any], *, path: str) -> Leaf:
    """The rule that this says. Raises BadRules with the place."""
    field = data["field"]
    if more := set(data) - {"field", "is", "value"}:
        refuse(_("A rule has no “%(name)s”.") % {"name": _quoted(min(more, key=str))}, path)
    known = _KINDS.get(field) if isinstance(field, str) else None
    if known is None:
        refuse(
            _("There is no field “%(name)s” that customers could be chosen by.") % {"name": _quoted(field)},
            under(path, "field"),
        )
    reader, ways = known
    is_ = data.get("is")
    if not isinstance(is_, str) or is_ not in ways:
        refuse(
            _("“%(name)s” can be: %(ways)s.") % {"name": field, "ways": ", ".join(ways)}, under(path, "is")
        )
    return reader(field, is_, data.get("value"), under(path, "value"))


def _number(field: str, is_: str, value: object, path: str) -> Leaf:
    if is_ == "between":
        if not isinstance(value, list | tuple) or len(value) != 2:
            refuse(_("“Between” takes two numbers: from and to."), path)
        low, high = (_figure(field, each, path) for each in value)
        if low > high:
            refuse(_("The first number is larger than the second."), path)
        return Number(field, is_, low, high)
    figure = _figure(field, value, path)
    return Number(field, is_, None if is_ == "at_most" else figure, None if is_ == "at_least" else figure)


def _figure(field: str, value: object, path: str) -> Decimal:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise InvalidOperation
        if isinstance(value, str) and (len(value) > MAX_TEXT_CHARACTERS or "_" in value):
            raise InvalidOperation
        figure = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):  # ValueError: an int of too many digits to write
        refuse(_("Enter a number."), path)
    if not figure.is_finite() or not -MAX_AMOUNT < figure < MAX_AMOUNT:
        refuse(_("This number is too large."), path)
    if field == "orders_count" and not (figure == figure.to_integral_value() and 0 <= figure <= MAX_COUNT):
        refuse(_("Orders are counted in whole numbers from 0 on."), path)
    if figure != round(figure, AMOUNT_DECIMALS):
        refuse(_("Enter a number with at most %(most)d decimals.") % {"most": AMOUNT_DECIMALS}, path)
    return figure


def _moment(field: str, is_: str, value: object, path: str) -> Leaf:
    return Moment(field, is_, _days(value, path))


def _days(value: object, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_DAYS:
        refuse(_("Enter a number of days, from 1 to %(most)d.") % {"most": MAX_DAYS}, path)
    return value


def _staged(_field: str, is_: str, value: object, path: str) -> Leaf:
    stages = _choices(value, path)
    if unknown := set(stages) - set(STAGES):
        refuse(_("There is no stage “%(name)s”.") % {"name": _quoted(min(unknown))}, path)
    return Staged(is_, stages)


def _tagged(_field: str, is_: str, value: object, path: str) -> Leaf:
    return Tagged(is_, _text(value, path))


def _worded(field: str, is_: str, value: object, path: str) -> Leaf:
    values = _choices(value, path) if is_ in CHOICES else (_text(value, path),)
    if field == "country_code":
        values = tuple(each.upper() for each in values)
        if any(len(each) != COUNTRY_CHARACTERS for each in values):
            refuse(_("A country is its two-letter code, such as DE or GB."), path)
    if field == "email_domain":
        values = tuple(each.lower().removeprefix("@") for each in values)
        if not all(values):
            refuse(_("Enter a domain, such as example.com."), path)
    return Text(field, is_, values)


def _consented(_field: str, is_: str, value: object, path: str) -> Leaf:
    if not isinstance(value, str) or value not in CHANNELS:
        refuse(_("Consent is asked for “email” or “sms”."), path)
    return Consented(is_, value)


def _bought(_field: str, is_: str, value: object, path: str) -> Leaf:
    if not isinstance(value, Mapping) or set(value) - {"product", "days"}:
        refuse(_("Choose a product."), path)
    try:
        product = UUID(str(value.get("product", ""))[:MAX_TEXT_CHARACTERS])
    except ValueError:
        refuse(_("Choose a product."), under(path, "product"))
    if is_ not in TIMED:
        if value.get("days") is not None:
            refuse(_("“Ever” and “never” take no days."), under(path, "days"))
        return Bought(is_, product, None)
    return Bought(is_, product, _days(value.get("days"), under(path, "days")))


def _choices(value: object, path: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        refuse(_("Choose at least one."), path)
    if len(value) > MAX_CHOICES:
        refuse(_("Choose at most %(most)d.") % {"most": MAX_CHOICES}, path)
    return tuple(dict.fromkeys(_text(each, path) for each in value))


def _text(value: object, path: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > MAX_TEXT_CHARACTERS:
        refuse(_("Enter between 1 and %(most)d characters.") % {"most": MAX_TEXT_CHARACTERS}, path)
    if "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text):
        refuse(_("This text holds characters that cannot be stored."), path)
    return text


def _quoted(word: object) -> str:
    return str(word)[:40].encode("utf-8", "replace").decode()


def refuse(message: str, path: str) -> Never:
    """Raises BadRules."""
    raise BadRules(message, path=path)


_Reader: TypeAlias = Callable[[str, str, object, str], Leaf]
_KINDS: Mapping[str, tuple[_Reader, tuple[str, ...]]] = {
    **dict.fromkeys(NUMBERS, (_number, COMPARISONS)),
    **dict.fromkeys(MOMENTS, (_moment, RECENCIES)),
    **dict.fromkeys(TEXTS, (_worded, WORDINGS)),
    "country_code": (_worded, CODES),
    "stage": (_staged, CHOICES),
    "tag": (_tagged, POSSESSIONS),
    "consent": (_consented, ANSWERS),
    "bought": (_bought, PURCHASES),
}
WAYS: Mapping[str, tuple[str, ...]] = {name: ways for name, (_read, ways) in _KINDS.items()}
