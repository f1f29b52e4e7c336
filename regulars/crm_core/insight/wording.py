"""The rules of a segment in words: "Bought exactly once, and not in the last 60 days"."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.crm_core.insight.tree import (
    Bought,
    Consented,
    Every,
    Leaf,
    Moment,
    Node,
    Not,
    Number,
    Some,
    Staged,
    Tagged,
    Text,
)

MAX_NAMED_CHOICES = 5

STAGES = {
    "lead": gettext_lazy("Lead"),
    "new": gettext_lazy("New"),
    "repeat": gettext_lazy("Repeat"),
    "loyal": gettext_lazy("Loyal"),
    "at_risk": gettext_lazy("At risk"),
    "lapsed": gettext_lazy("Lapsed"),
}
TEXTS = {
    "name": gettext_lazy("name"),
    "city": gettext_lazy("city"),
    "company": gettext_lazy("company"),
    "country_code": gettext_lazy("country"),
    "source": gettext_lazy("source"),
    "email_domain": gettext_lazy("e-mail domain"),
}
FIGURES = {
    ("total_spent", "equals"): gettext_lazy("spent exactly %(low)s"),
    ("total_spent", "at_least"): gettext_lazy("spent at least %(low)s"),
    ("total_spent", "at_most"): gettext_lazy("spent at most %(high)s"),
    ("total_spent", "between"): gettext_lazy("spent between %(low)s and %(high)s"),
    ("profit", "equals"): gettext_lazy("brought a profit of exactly %(low)s"),
    ("profit", "at_least"): gettext_lazy("brought a profit of at least %(low)s"),
    ("profit", "at_most"): gettext_lazy("brought a profit of at most %(high)s"),
    ("profit", "between"): gettext_lazy("brought a profit between %(low)s and %(high)s"),
    ("average_gap_days", "equals"): gettext_lazy("order every %(low)s days on average"),
    ("average_gap_days", "at_least"): gettext_lazy("order every %(low)s days or less often"),
    ("average_gap_days", "at_most"): gettext_lazy("order every %(high)s days or more often"),
    ("average_gap_days", "between"): gettext_lazy("order every %(low)s to %(high)s days"),
}
CONSENTS = {
    ("email", "given"): gettext_lazy("agreed to e-mail"),
    ("email", "refused"): gettext_lazy("refused e-mail"),
    ("email", "unknown"): gettext_lazy("never said whether e-mail is welcome"),
    ("sms", "given"): gettext_lazy("agreed to text messages"),
    ("sms", "refused"): gettext_lazy("refused text messages"),
    ("sms", "unknown"): gettext_lazy("never said whether text messages are welcome"),
}


def sentence(node: Node, *, titles: Mapping[UUID, str]) -> str:
    """The tree in the reader's language; ``titles`` names the products; one without is gone."""
    said = _said(node, titles)
    return said[:1].upper() + said[1:]


def _said(node: Node, titles: Mapping[UUID, str], *, inside: bool = False) -> str:
    match node:
        case Every() | Some():
            parts = [
                _said(each, titles, inside=True) if before is None else _after(before, each, titles)
                for before, each in zip(_befores(node), node.of, strict=True)
            ]
            joined = (_(", and ") if isinstance(node, Every) else _(", or ")).join(parts)
            return _("(%(rules)s)") % {"rules": joined} if inside and len(parts) > 1 else joined
        case Not():
            return _("not: %(rules)s") % {"rules": _said(node.of, titles, inside=True)}
        case _:
            return _leaf(node, titles)


def _befores(node: Every | Some) -> list[Node | None]:
    """What stands before each rule; in "or" nothing leans on its neighbor."""
    return [None, *node.of[:-1]] if isinstance(node, Every) else [None] * len(node.of)


def _after(before: Node, node: Node, titles: Mapping[UUID, str]) -> str:
    """ "Bought exactly once" may be followed by "not in the last 60 days", without saying again what."""
    is_short = isinstance(before, Number) and before.field == "orders_count" and (before.low or 0) > 0
    if is_short and isinstance(node, Moment) and node.field == "last_order":
        days = _days(node)
        if node.is_ == "within_days":
            return ngettext("in the last day", "in the last %(days)s days", node.days) % days
        return ngettext("not in the last day", "not in the last %(days)s days", node.days) % days
    return _said(node, titles, inside=True)


def _leaf(node: Leaf, titles: Mapping[UUID, str]) -> str:
    match node:
        case Number():
            return _number(node)
        case Moment():
            return _moment(node)
        case Staged():
            stages = _choices([str(STAGES[each]) for each in node.stages], quoted=False)
            if node.is_ == "none_of":
                return _("stage is not %(choices)s") % {"choices": stages}
            return _("stage is %(choices)s") % {"choices": stages}
        case Tagged():
            tag = {"tag": node.tag}
            return _("not tagged “%(tag)s”") % tag if node.is_ == "has_not" else _("tagged “%(tag)s”") % tag
        case Text():
            return _text(node)
        case Consented():
            return str(CONSENTS[node.channel, node.is_])
        case Bought():
            return _bought(node, titles.get(node.product) or _("a product that is gone"))


def _number(node: Number) -> str:
    limits = {"low": _figure(node.low), "high": _figure(node.high)}
    if node.field != "orders_count":
        return FIGURES[node.field, node.is_] % limits
    if node.is_ == "between":
        return _("bought between %(low)s and %(high)s times") % limits
    count = int(node.low if node.low is not None else node.high or 0)
    times = {"count": _figure(Decimal(count))}
    if node.is_ == "at_least":
        return ngettext("bought at least once", "bought at least %(count)s times", count) % times
    if node.is_ == "at_most":
        return ngettext("bought at most once", "bought at most %(count)s times", count) % times
    if count == 0:
        return _("never bought anything")
    return ngettext("bought exactly once", "bought exactly %(count)s times", count) % times


def _moment(node: Moment) -> str:
    is_within, days = node.is_ == "within_days", _days(node)
    if node.field == "last_order":
        if is_within:
            return ngettext("ordered in the last day", "ordered in the last %(days)s days", node.days) % days
        return (
            ngettext("did not order in the last day", "did not order in the last %(days)s days", node.days)
            % days
        )
    if node.field == "first_order":
        if is_within:
            return (
                ngettext(
                    "first ordered in the last day", "first ordered in the last %(days)s days", node.days
                )
                % days
            )
        return (
            ngettext(
                "did not first order in the last day",
                "did not first order in the last %(days)s days",
                node.days,
            )
            % days
        )
    if is_within:
        return ngettext("known since the last day", "known for at most %(days)s days", node.days) % days
    return ngettext("known for more than a day", "known for more than %(days)s days", node.days) % days


def _text(node: Text) -> str:
    words = {"field": TEXTS[node.field], "choices": _choices(node.values)}
    if node.is_ in ("equals", "any_of"):
        return _("%(field)s is %(choices)s") % words
    if node.is_ in ("not_equals", "none_of"):
        return _("%(field)s is not %(choices)s") % words
    if node.is_ == "contains":
        return _("%(field)s contains %(choices)s") % words
    return _("%(field)s does not contain %(choices)s") % words


def _bought(node: Bought, title: str) -> str:
    words = {"product": title, "days": node.days}
    if node.is_ == "ever":
        return _("bought “%(product)s”") % words
    if node.is_ == "never":
        return _("never bought “%(product)s”") % words
    if node.is_ == "within_days":
        return _("bought “%(product)s” in the last %(days)s days") % words
    return _("did not buy “%(product)s” in the last %(days)s days") % words


def _choices(values: Sequence[str], *, quoted: bool = True) -> str:
    named = [_("“%(word)s”") % {"word": each} if quoted else each for each in values[:MAX_NAMED_CHOICES]]
    if more := len(values) - len(named):
        named.append(ngettext("%(count)d more", "%(count)d more", more) % {"count": more})
    return _(" or ").join(named)


def _figure(figure: Decimal | None) -> str:
    if figure is None:
        return ""
    is_whole = figure == figure.to_integral_value()
    plain = figure.quantize(Decimal(1)) if is_whole else figure.normalize()
    return number_format(plain, use_l10n=True, force_grouping=True)


def _days(node: Moment) -> dict[str, str]:
    return {"days": number_format(node.days, use_l10n=True, force_grouping=True)}
