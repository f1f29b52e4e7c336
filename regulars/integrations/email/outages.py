"""A mail server that is away: its words for the owner, and a pause before the next try that grows.

One server carries all campaigns of a tenant, so they wait together: a turn that finds them waiting is over
at once, and its worker is free for others. The rows stay as they are.
"""

from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from regulars.integrations.email import sending
from regulars.integrations.email.models import Campaign, CampaignState
from regulars.platform import tenancy

FIRST_PAUSE = timedelta(seconds=30)  # doubles with each try in vain
LONGEST_PAUSE = timedelta(minutes=15)
DOUBLINGS = 5  # then it is the longest


def is_on(*, at: datetime) -> bool:
    """Whether the open tenant's mails wait for the server."""
    return _under_way().filter(server_away_until__gt=at).exists()


@tenancy.atomic
def begin(*, words: str, since: datetime, at: datetime) -> None:
    """Wait with all that is being sent, longer than the last time. ``words``: what the server said.

    ``since``: when the caller began to try. An outage noted after that is the same one, and counts once.
    """
    tenancy.lock("mail server")
    campaigns = _under_way()
    if campaigns.filter(server_away_until__gt=since).exists():
        return
    times = (campaigns.aggregate(times=Max("server_away_times"))["times"] or 0) + 1
    problem = _("The mail server takes no mail just now; we try again by ourselves. It said: %(words)s")
    said = (problem % {"words": words})[: sending.MAX_PROBLEM_CHARACTERS]
    campaigns.update(problem=said, server_away_until=at + pause(times), server_away_times=times)


def pause(times: int) -> timedelta:
    """How long to wait after ``times`` tries in a row that failed, one at least."""
    return min(FIRST_PAUSE * 2 ** min(times - 1, DOUBLINGS), LONGEST_PAUSE)


def end() -> None:
    """It takes mail again."""
    waiting = _under_way().filter(server_away_times__gt=0)
    waiting.update(problem="", server_away_until=None, server_away_times=0)


def _under_way() -> QuerySet[Campaign]:
    return Campaign.objects.filter(state=CampaignState.SENDING)
