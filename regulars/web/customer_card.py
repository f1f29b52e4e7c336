"""What the screen of one customer says about them, beside the timeline."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.crm_core.customers import consent
from regulars.crm_core.customers import suggestions as hints
from regulars.crm_core.customers.consent import Standing
from regulars.crm_core.customers.models import Channel, Contact
from regulars.crm_core.insight import assumptions, attention, lookup, spending
from regulars.crm_core.insight.models import CustomerMetrics
from regulars.tenants.resolving import Resolved
from regulars.web import formats, words

SPARK_MONTHS = 12
FAVORITES = 5
SUGGESTIONS_AT_MOST = 3


def profile(contact: Contact) -> dict[str, Any]:
    country = formats.locale().territories.get(contact.country_code, contact.country_code)
    return {
        "contact": contact,
        "name": words.name_of(contact),
        "country": country,
        "source": words.source(contact.source),
        "whereabouts": _whereabouts(contact, country),
    }


def figures(contact: Contact, *, tenant: Resolved, at: datetime) -> dict[str, Any]:
    """The strip, the reason for a word, and what is bought most."""
    metrics = CustomerMetrics.objects.select_related("contact").filter(pk=contact.pk).first()
    metrics = metrics or CustomerMetrics(contact=contact)
    zone = ZoneInfo(tenant.time_zone)
    has_orders = metrics.orders_count > 0
    spent = spending.monthly(contact=contact.pk, months=SPARK_MONTHS, zone=zone, at=at) if has_orders else []
    return {
        "stage": words.stage(metrics.stage),
        "figures": _strip(metrics, currency=tenant.currency, at=at),
        "spark": spent if any(spent) else None,
        "elsewhere": _elsewhere(metrics.elsewhere),
        "reason": reason(metrics, at=at),
        "buys": _buys(contact) if has_orders else [],
    }


def consents(contact: Contact) -> dict[str, Any]:
    """Where each channel stands, and whether marketing may be mailed."""
    standing = consent.standing(contact=contact.pk)
    return {
        "consents": [_consent(each) for each in standing.values()],
        "may_mail": standing[Channel.EMAIL].is_given,
    }


def suggestions(contact: Contact) -> list[dict[str, Any]]:
    """Who may be the same person, and why; nobody is merged by that alone."""
    found: list[dict[str, Any]] = [
        {"id": hint.contact.pk, "name": words.name_of(hint.contact), "why": words.BECAUSE[hint.because]}
        for hint in hints.of(contact=contact.pk, limit=SUGGESTIONS_AT_MOST)
    ]
    but = [contact.pk, *(each["id"] for each in found)]
    callers = lookup.calling(phone=contact.phone, limit=SUGGESTIONS_AT_MOST - len(found), but=but)
    same_phone = _("Same phone number")
    found += [{"id": hit.id, "name": hit.name or hit.email or "?", "why": same_phone} for hit in callers]
    return found


def reason(metrics: CustomerMetrics, *, at: datetime) -> str:
    """Why a word is due, from figures; "" when none is."""
    silent = attention.of(metrics=metrics, at=at)
    return "" if silent is None else silence(silent)


def silence(silent: attention.Silent) -> str:
    if silent.usual_gap_days is None:
        return _("Ordered once, and silent for %(silent)s.") % {"silent": formats.days(silent.silent_days)}
    said = _("Usually orders every %(gap)s; silent for %(silent)s.")
    return said % {
        "gap": formats.days(silent.usual_gap_days),
        "silent": formats.days(silent.silent_days),
    }


def _whereabouts(contact: Contact, country: str) -> str:
    place = formats.listed(word for word in (contact.city, country) if word)
    since = _("customer since %(month)s") % {"month": formats.month(contact.appeared_at)}
    return f"{place} · {since}" if place else since[:1].upper() + since[1:]


def _strip(metrics: CustomerMetrics, *, currency: str, at: datetime) -> list[dict[str, Any]]:
    count, profit_note, profit_why = metrics.orders_count, "", ""
    if metrics.profit is None:
        profit = "\N{EM DASH}"
        profit_why = _("The costs of what was bought are not known.")
    else:
        profit = formats.money(metrics.profit, currency)
    if metrics.profit_is_estimated:
        profit_note = _("estimated")
        margin = formats.number((assumptions.margin() or Decimal(0)).normalize())
        profit_why = _("Some costs are not known; your margin of %(margin)s%% is used for them.") % {
            "margin": margin
        }
    last = metrics.last_order_at
    return [
        {"label": _("Profit"), "value": profit, "note": profit_note, "why": profit_why},
        {"label": _("Net spend"), "value": formats.money(metrics.total_spent, currency)},
        {"label": _("Orders"), "value": formats.number(count)},
        {
            "label": _("Average order"),
            "value": formats.money(metrics.total_spent / count, currency) if count else "\N{EM DASH}",
        },
        {"label": _("Last order"), "value": formats.ago(last, at=at) if last else "\N{EM DASH}"},
    ]


def _elsewhere(amounts: dict[str, str]) -> str:
    """Money for which no rate is known: named, never added."""
    if not amounts:
        return ""
    shown = [formats.money(Decimal(amount), currency) for currency, amount in sorted(amounts.items())]
    return _("And %(amounts)s, for which no exchange rate is known.") % {"amounts": formats.listed(shown)}


def _buys(contact: Contact) -> list[dict[str, Any]]:
    favorites = spending.favorites(contact=contact.pk, limit=FAVORITES)
    most = max((one.orders_count for one in favorites), default=1)
    return [
        {
            "title": one.title,
            "width": one.orders_count * 100 // most,
            "shown": ngettext("%(count)s order", "%(count)s orders", one.orders_count)
            % {"count": formats.number(one.orders_count)},
        }
        for one in favorites
    ]


def _consent(standing: Standing) -> dict[str, Any]:
    icon, title = words.CHANNEL_ICONS[standing.channel], words.channel(standing.channel)
    if standing.happened_at is None:
        state, tone, how = _("Not asked"), "quiet", _("Nothing said, which means no.")
    else:
        state, tone = (_("Yes"), "good") if standing.is_given else (_("No"), "bad")
        day = formats.day(standing.happened_at, at=timezone.now())
        how = f"{words.ground(standing.ground)} · {day}"
    return {
        "icon": icon,
        "title": title,
        "state": state,
        "tone": tone,
        "how": how,
        "wording": standing.evidence,
    }
