"""How campaigns are spoken of: states, kinds of blocks, reasons why somebody gets no mail."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from regulars.integrations.email.letters.letter import MERGE_TAGS
from regulars.integrations.email.models import CampaignState


@dataclass(frozen=True)
class Word:
    text: str | Promise
    tone: str


@dataclass(frozen=True)
class Kind:
    """A kind of block, as the editor offers it."""

    kind: str
    icon: str
    label: str | Promise


KINDS = (
    Kind("heading", "heading", _("Heading")),
    Kind("text", "type", _("Text")),
    Kind("image", "image", _("Image")),
    Kind("button", "square-mouse-pointer", _("Button")),
    Kind("products", "shopping-basket", _("Products")),
    Kind("divider", "minus", _("Divider")),
    Kind("spacer", "move-vertical", _("Space")),
)
OF_KIND = {each.kind: each for each in KINDS}
STATES = {
    CampaignState.DRAFT: Word(_("Draft"), "plain"),
    CampaignState.SENDING: Word(_("Sending"), "brand"),
    CampaignState.PAUSED: Word(_("Paused"), "warn"),
    CampaignState.FINISHED: Word(_("Sent"), "ok"),
    CampaignState.CANCELLED: Word(_("Cancelled"), "plain"),
}
LEFT_OUT = {
    "no_consent": (_("No consent to marketing e-mail"), _("Nobody is mailed who did not agree to it.")),
    "refused": (_("Do not want e-mail"), _("They unsubscribed, or said no.")),
    "suppressed": (_("Suppressed addresses"), _("The address bounced, complained or was erased.")),
    "no_address": (_("No e-mail address"), _("Nothing to send to.")),
    "duplicate": (_("The same address twice"), _("Each address gets the mail once.")),
    "not_a_member": (
        _("Your domain is not verified"),
        _("Until it is, only addresses of your own team are mailed."),
    ),
}
TAG_WORDS = {
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "name": _("Full name"),
    "company": _("Company"),
    "city": _("City"),
}


def state(of: str) -> Word:
    return STATES[CampaignState(of)]


def left_out(reason: str) -> tuple[str, str]:
    """Why people get no mail, and what that means."""
    text, why = LEFT_OUT.get(reason, (reason, ""))
    return str(text), str(why)


def tags() -> list[dict[str, str]]:
    """The merge tags to copy, each with what it becomes."""
    return [{"tag": f"{{{{ {tag} }}}}", "text": str(TAG_WORDS.get(tag, tag))} for tag in sorted(MERGE_TAGS)]
