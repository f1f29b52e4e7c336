"""What is sold: plans, prices and terms, read from ``plans.toml`` and from nowhere else."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from regulars.platform import errors
from regulars.tenants.entitlements import FEATURES
from regulars.tenants.models import Access

PATH = Path(__file__).with_name("plans.toml")
TRIAL = "trial"
FREE = "free"
UNLIMITED = "unlimited"
LANGUAGES = ("en", "zh-hans")
FALLBACK_CURRENCY = "EUR"


class UnknownPlan(errors.NotFound):
    code = "unknown_plan"


class BrokenCatalogue(RuntimeError):
    """``plans.toml`` cannot be sold as it stands: a bug, told with the place."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How long each stage lasts."""

    trial: timedelta
    grace: timedelta
    restricted: timedelta
    suspended: timedelta


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``holds``: feature -> amount, None without limit, absent: not held. ``month``: currency -> price."""

    code: str
    names: Mapping[str, str]
    for_whom_words: Mapping[str, str]
    promise_words: tuple[Mapping[str, str], ...]
    holds: Mapping[str, int | None]
    month: Mapping[str, Decimal]

    @property
    def name(self) -> str:
        return spoken(self.names)

    @property
    def for_whom(self) -> str:
        return spoken(self.for_whom_words)

    @property
    def promises(self) -> list[str]:
        return [spoken(words) for words in self.promise_words]

    @property
    def is_sold(self) -> bool:
        return bool(self.month)

    def price(self, currency: str) -> tuple[Decimal, str]:
        """A month's price in this currency, or in the house's own where it is not sold in that one."""
        known = currency if currency in self.month else FALLBACK_CURRENCY
        return self.month[known], known

    def lookup_key(self, currency: str) -> str:
        """The name under which the payer's side knows this price."""
        return f"{self.code}_month_{self.price(currency)[1].lower()}"


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    terms: Terms
    plans: tuple[Plan, ...]
    trial: Mapping[str, int | None]
    contact_words: Mapping[str, str]


def spoken(words: Mapping[str, str]) -> str:
    """The words in the reader's language."""
    return words.get((get_language() or "en").lower(), words["en"])


def listed() -> tuple[Plan, ...]:
    """All plans, the smallest first."""
    return catalogue().plans


def found(code: str) -> Plan:
    """Raises UnknownPlan."""
    for plan in catalogue().plans:
        if plan.code == code:
            return plan
    raise UnknownPlan(_("There is no such plan."))


def of_lookup_key(key: str) -> Plan | None:
    """The plan that a price of the payer's side stands for."""
    by_key = {plan.lookup_key(currency): plan for plan in listed() for currency in plan.month}
    return by_key.get(key)


def terms() -> Terms:
    return catalogue().terms


def counts_as_contact() -> str:
    """What counts as a contact, in the reader's language."""
    return spoken(catalogue().contact_words)


def holds(code: str) -> Mapping[str, int | None]:
    """What a plan, or the trial, holds. Raises UnknownPlan."""
    return catalogue().trial if code == TRIAL else found(code).holds


def granted(*, plan: str, access: Access, is_over_limit: bool) -> dict[str, int | None]:
    """Feature -> amount for a tenant on this plan; mail stops with full access, or beyond its contacts."""
    amounts = dict(holds(plan))
    if access != Access.FULL or is_over_limit:
        amounts.pop("mails", None)
    if access == Access.BILLING_ONLY:
        amounts.pop("api", None)
    return amounts


@cache
def catalogue() -> Catalogue:
    """The file, read once a process. Raises BrokenCatalogue."""
    return read(tomllib.loads(PATH.read_text()))


def read(data: dict[str, Any]) -> Catalogue:
    """The catalogue in a parsed file. Raises BrokenCatalogue for what cannot be sold."""
    try:
        terms = Terms(
            **{stage: timedelta(days=data[f"{stage}_days"]) for stage in Terms.__dataclass_fields__}
        )
        plans = tuple(_plan(row) for row in data["plan"])
        trial, words = _amounts(data["trial"]), _words(data["counts_as_contact"])
    except (KeyError, TypeError, ValueError) as problem:
        raise BrokenCatalogue(f"plans.toml: {problem!r}") from problem
    if len({plan.code for plan in plans}) < len(plans) or FREE not in {plan.code for plan in plans}:
        raise BrokenCatalogue("plans.toml: codes must differ, and one must be free")
    return Catalogue(terms=terms, plans=plans, trial=trial, contact_words=words)


def _plan(row: dict[str, Any]) -> Plan:
    month = {currency: Decimal(str(price)) for currency, price in row.get("month", {}).items()}
    if month and FALLBACK_CURRENCY not in month:
        raise ValueError(f"{row['code']} has no price in {FALLBACK_CURRENCY}")
    return Plan(
        code=row["code"],
        names=_words(row["name"]),
        for_whom_words=_words(row["for_whom"]),
        promise_words=tuple(_words(words) for words in row["promises"]),
        holds=_amounts(row["holds"]),
        month=month,
    )


def _amounts(row: dict[str, Any]) -> dict[str, int | None]:
    if unknown := set(row) - set(FEATURES):
        raise ValueError(f"no such feature: {sorted(unknown)}")
    return {feature: None if amount == UNLIMITED else int(amount) for feature, amount in row.items()}


def _words(row: dict[str, str]) -> dict[str, str]:
    if missing := set(LANGUAGES) - set(row):
        raise ValueError(f"{row} lacks {sorted(missing)}")
    return row
