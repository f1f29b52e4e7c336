"""The tenant's own currency, and what others are worth in it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from regulars.crm_core.commerce.models import ExchangeRate
from regulars.platform import errors, money, tenancy
from regulars.platform.facts import facts
from regulars.platform.ids import new
from regulars.tenants.models import Tenant

MAX_REMEMBERED = 20_000
SMALLEST_RATE = Decimal("0.000000001")

_bases: dict[str, str] = {}


class BadRate(errors.Invalid):
    code = "bad_rate"


def base() -> str:
    """The open tenant's currency. It never changes (the ledger is kept in it), so it is asked once."""
    schema = tenancy.current()
    known = _bases.get(schema)
    if known is None:
        with tenancy.shared():
            known = Tenant.objects.values_list("currency", flat=True).get(schema_name=schema)
        if len(_bases) >= MAX_REMEMBERED:
            _bases.clear()
        if known:
            _bases[schema] = known
    return known


def forget() -> None:
    """Drop what this process remembers: the schema may belong to another tenant, as between tests."""
    _bases.clear()


def of(*, currencies: Iterable[str]) -> dict[str, list[tuple[date, Decimal]]]:
    """Each currency's rates, the newest first; nothing is asked for the tenant's own."""
    wanted = set(currencies) - {base()}
    found: dict[str, list[tuple[date, Decimal]]] = {}
    if wanted:
        rows = ExchangeRate.objects.filter(currency__in=wanted).order_by("-valid_from")
        for row in rows:
            found.setdefault(row.currency, []).append((row.valid_from, row.rate))
    return found


def on(
    known: dict[str, list[tuple[date, Decimal]]], *, currency: str, ordered_at: datetime
) -> Decimal | None:
    """The rate of the order's day (UTC): 1 for the tenant's own currency, None where none was given."""
    if currency == base():
        return Decimal(1)
    day = ordered_at.astimezone(UTC).date()
    return next((rate for since, rate in known.get(currency, []) if since <= day), None)


@tenancy.atomic
def give(*, currency: str, rate: Decimal, valid_from: date, at: datetime) -> ExchangeRate:
    """What one unit of ``currency`` is worth from a day on, for orders that are booked from now on.

    A rate of the same day is replaced; entries that stand keep theirs. Raises NotAnAmount for what is no
    currency, BadRate for the tenant's own and for rates that are not positive.
    """
    code = money.currency_code(currency)
    if code == base() or not rate.is_finite() or not SMALLEST_RATE <= rate < Decimal(10) ** 9:
        raise BadRate(_("This is not an exchange rate into your currency."))
    row, _made = ExchangeRate.objects.update_or_create(
        currency=code, valid_from=valid_from, defaults={"rate": rate.quantize(SMALLEST_RATE)}
    )
    facts.record("rate.given", subject_id=new(), at=at, after={"currency": code, "rate": str(row.rate)})
    return row


def listed() -> list[ExchangeRate]:
    """Every rate, by currency, the newest first."""
    return list(ExchangeRate.objects.order_by("currency", "-valid_from"))
