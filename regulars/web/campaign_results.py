"""What the page of a launched campaign says: how far it is, and what came of it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.integrations.email.models import Campaign, CampaignState
from regulars.integrations.email.results import Results
from regulars.web import campaign_words, formats

NOTHING = "\N{EM DASH}"


def page(campaign: Campaign, found: Results, *, currency: str) -> dict[str, Any]:
    """All that ``campaigns/show.html`` names beside the campaign and who may steer it."""
    is_sending = campaign.state == CampaignState.SENDING
    done = found.recipients - found.pending
    return {
        "state": campaign_words.state(campaign.state),
        "is_sending": is_sending,
        "is_paused": campaign.state == CampaignState.PAUSED,
        "is_over": campaign.state in (CampaignState.FINISHED, CampaignState.CANCELLED),
        "sentence": _sentence(campaign, found),
        "done": done,
        "recipients": found.recipients,
        "progress": _("%(done)s of %(all)s")
        % {
            "done": formats.number(done),
            "all": formats.number(found.recipients),
        },
        "uncertain": _uncertain(found.uncertain) if found.uncertain else "",
        "figures": _figures(found, currency=currency),
        "orders": _orders(found),
        "fates": _fates(found),
        "bots": _bots(found),
        "links": [{"url": link.url, "clicks": formats.number(link.clicks)} for link in found.links],
    }


def _sentence(campaign: Campaign, found: Results) -> str:
    if campaign.state == CampaignState.SENDING:
        return campaign.problem or _("It is being sent. You can close this page meanwhile.")
    if campaign.state == CampaignState.PAUSED:
        return campaign.problem or _("Paused: nothing more goes out until you go on.")
    if campaign.state == CampaignState.CANCELLED:
        return _("Cancelled: what was not sent by then stays unsent.")
    said = ngettext("Sent to %(count)s person.", "Sent to %(count)s people.", found.sent)
    return said % {"count": formats.number(found.sent)}


def _uncertain(count: int) -> str:
    said = ngettext(
        "%(count)s mail is uncertain: the connection broke just as it was handed over, so it may have "
        "arrived or not. We never send such a mail again by ourselves.",
        "%(count)s mails are uncertain: the connection broke just as they were handed over, so they may have "
        "arrived or not. We never send such a mail again by ourselves.",
        count,
    )
    return said % {"count": formats.number(count)}


def _figures(found: Results, *, currency: str) -> list[dict[str, str]]:
    sent = found.sent
    return [
        {"label": _("Sent"), "value": formats.number(sent), "note": ""},
        {"label": _("Opened"), "value": _share(found.opened, sent), "note": formats.number(found.opened)},
        {"label": _("Clicked"), "value": _share(found.clicked, sent), "note": formats.number(found.clicked)},
        {
            "label": _("Unsubscribed"),
            "value": _share(found.unsubscribed, sent),
            "note": formats.number(found.unsubscribed),
        },
        {"label": _("Revenue"), "value": formats.money(found.revenue, currency), "note": ""},
    ]


def _orders(found: Results) -> str:
    if not found.orders_count:
        return _("No order has come within 5 days of a click in this mail so far.")
    said = ngettext(
        "%(count)s order came within 5 days of a click in this mail, the last mail clicked before it. "
        "Refunds are taken off.",
        "%(count)s orders came within 5 days of a click in this mail, the last mail clicked before each. "
        "Refunds are taken off.",
        found.orders_count,
    )
    return said % {"count": formats.number(found.orders_count)}


def _fates(found: Results) -> list[dict[str, str]]:
    """What became of each mail, the fates that befell none left out."""
    fates = (
        (_("Sent"), "", found.sent),
        (_("Still to be sent"), "", found.pending),
        (_("Not sent"), _("Cancelled, or consent or your plan changed after the launch."), found.skipped),
        (_("Refused"), _("The receiver's mail server said no for good."), found.refused),
        (_("Uncertain"), _("Nobody knows whether it arrived."), found.uncertain),
    )
    return [{"text": text, "why": why, "count": formats.number(count)} for text, why, count in fates if count]


def _bots(found: Results) -> str:
    """Machines open and click, too: scanners, and apps that load images ahead."""
    if not found.bot_opens and not found.bot_clicks:
        return _("Openings and clicks by machines are counted apart; there were none.")
    opens = ngettext("%(count)s opening", "%(count)s openings", found.bot_opens)
    clicks = ngettext("%(count)s click", "%(count)s clicks", found.bot_clicks)
    said = _(
        "%(opens)s and %(clicks)s by machines are left out above: scanners, and apps that load images ahead."
    )
    return said % {
        "opens": opens % {"count": formats.number(found.bot_opens)},
        "clicks": clicks % {"count": formats.number(found.bot_clicks)},
    }


def _share(part: int, whole: int) -> str:
    return formats.percent(part / whole, decimals=1) if whole else NOTHING
