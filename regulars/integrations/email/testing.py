"""A test of a draft to the person who writes it: the real mail, marked, and counted nowhere."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.integrations.email import campaigns, composing, providers, senders
from regulars.integrations.email.letters import message
from regulars.integrations.email.provider import MailDeferred, MailLost, MailRefused
from regulars.integrations.email.tokens import Maker, Purpose
from regulars.integrations.email.writing import PATH, mark_of, signer_of, site
from regulars.platform import errors, ids, tenancy
from regulars.platform.facts import facts
from regulars.platform.facts.models import Fact
from regulars.tenants import workspaces

TESTED = "campaign.tested"
MAX_TESTS = 30  # of a tenant within WITHIN: nobody has proved that a member's address is theirs
WITHIN = timedelta(hours=1)
NOBODY = 0  # the recipient of a test in its addresses: tracking knows that nothing hangs on it


class MailNotTaken(errors.Refused):
    """The mail server did not take it; the message repeats its words."""

    status = 502
    code = "test_not_sent"


class TooManyTests(errors.Refused):
    status = 429
    code = "too_many_tests"


def send_test(*, campaign_id: UUID, person_email: str, person_name: str, at: datetime) -> None:
    """Send the draft to one member, with their name for the customer's.

    Raises UnknownCampaign, BadBlocks and BadLetter (what is to be mended), BadAddress, TooManyTests and
    MailNotTaken.
    """
    campaign = campaigns.found(campaign_id)
    standing, tenant = senders.standing(), workspaces.current()
    subject = _("[Test] %(subject)s") % {"subject": campaign.subject}
    letter = composing.composed(subject=subject, preview_text=campaign.preview_text, blocks=campaign.blocks)
    base = site(tenant.slug) + PATH
    way_out = f"{base}u/{Maker().token(Purpose.UNSUBSCRIBE, recipient=NOBODY)}"
    first, _space, last = person_name.partition(" ")
    mail = message.built(
        letter,
        to=person_email,
        to_name=person_name,
        values={"first_name": first, "last_name": last, "name": person_name, "company": "", "city": ""},
        addresses=message.Addresses(links=letter.links, unsubscribe=way_out, one_click=way_out, pixel=""),
        stamp=message.Stamp(
            from_name=standing.from_name,
            from_address=standing.from_address,
            reply_to=standing.reply_to,
            message_id=f"<{ids.new().hex}@{standing.from_address.rpartition('@')[2]}>",
            feedback_id="",
            at=at,
            unsubscribe_mailto="",
            tenant=mark_of(tenant.schema_name),
        ),
        signer=signer_of(standing.domain),
    )
    _note(campaign_id, at=at)
    try:
        with providers.provider().session(is_waited_for=True) as session:
            session.deliver(sender=f"test@{standing.return_path}", to=person_email, message=mail)
    except (MailRefused, MailDeferred, MailLost) as refused:
        words = _("The test was not taken: %(words)s") % {"words": refused}
        raise MailNotTaken(words) from None


@tenancy.atomic
def _note(campaign_id: UUID, *, at: datetime) -> None:
    """Counted before it goes out, so that a server that hangs spares nobody the limit."""
    tenancy.lock("mail tests")
    if Fact.objects.filter(name=TESTED, happened_at__gt=at - WITHIN).count() >= MAX_TESTS:
        said = _("%(most)d tests within an hour are enough. Look at the preview, or wait a while.")
        raise TooManyTests(said % {"most": MAX_TESTS})
    facts.record(TESTED, subject_id=campaign_id, at=at, origin="staff")
