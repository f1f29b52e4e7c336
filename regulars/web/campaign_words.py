"""How campaigns are spoken of: states, kinds of blocks, reasons why somebody gets no mail."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l

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
    Kind("heading", "heading", _l("Heading")),
    Kind("text", "type", _l("Text")),
    Kind("image", "image", _l("Image")),
    Kind("button", "square-mouse-pointer", _l("Button")),
    Kind("products", "shopping-basket", _l("Products")),
    Kind("divider", "minus", _l("Divider")),
    Kind("spacer", "move-vertical", _l("Space")),
)
OF_KIND = {each.kind: each for each in KINDS}
STATES = {
    CampaignState.DRAFT: Word(_l("Draft"), "plain"),
    CampaignState.SENDING: Word(_l("Sending"), "brand"),
    CampaignState.PAUSED: Word(_l("Paused"), "warn"),
    CampaignState.FINISHED: Word(_l("Sent"), "ok"),
    CampaignState.CANCELLED: Word(_l("Cancelled"), "plain"),
}
LEFT_OUT = {
    "no_consent": (_l("No consent to marketing e-mail"), _l("Nobody is mailed who did not agree to it.")),
    "refused": (_l("Do not want e-mail"), _l("They unsubscribed, or said no.")),
    "suppressed": (_l("Suppressed addresses"), _l("The address bounced, complained or was erased.")),
    "no_address": (_l("No e-mail address"), _l("Nothing to send to.")),
    "duplicate": (_l("The same address twice"), _l("Each address gets the mail once.")),
    "not_a_member": (
        _l("Your domain is not verified"),
        _l("Until it is, only addresses of your own team are mailed."),
    ),
}
TAG_WORDS = {
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "name": _l("Full name"),
    "company": _l("Company"),
    "city": _l("City"),
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
