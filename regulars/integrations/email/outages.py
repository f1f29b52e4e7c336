"""A mail server that is away: its words for the owner, and a pause before the next try that grows.

One server carries all campaigns of a tenant, so they wait together: a turn finds nothing to do, and its
worker is free for others. The rows stay as they are. One that is launched or resumed meanwhile is tried once.
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


def trying(*, at: datetime) -> QuerySet[Campaign]:
    """The campaigns under way that do not wait for the server."""
    return _under_way().exclude(server_away_until__gt=at)


@tenancy.atomic
def begin(*, words: str, since: datetime, at: datetime) -> None:
    """Wait with all that is being sent, longer than the last time. ``words``: what the server said.

    ``since``: when the caller began to try. What was told to wait after that waits already: several workers
    who meet one outage count once.
    """
    tenancy.lock("mail server")
    times = (_under_way().aggregate(times=Max("server_away_times"))["times"] or 0) + 1
    problem = _("The mails wait, and we try again by ourselves. The reason: %(words)s")
    said = (problem % {"words": words})[: sending.MAX_PROBLEM_CHARACTERS]
    trying(at=since).update(problem=said, server_away_until=at + pause(times), server_away_times=times)


def pause(times: int) -> timedelta:
    """How long to wait after ``times`` tries in a row that failed, one at least."""
    return min(FIRST_PAUSE * (1 << min(times - 1, DOUBLINGS)), LONGEST_PAUSE)


@tenancy.atomic
def end() -> None:
    """It takes mail again: nobody waits any more."""
    waiting = _under_way().filter(server_away_times__gt=0)
    if not waiting.exists():
        return
    tenancy.lock("mail server")
    waiting.update(problem="", server_away_until=None, server_away_times=0)


def _under_way() -> QuerySet[Campaign]:
    return Campaign.objects.filter(state=CampaignState.SENDING)
