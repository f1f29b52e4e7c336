"""What follows what: fact name -> the tasks that hear of it; delivery kind -> the task that answers.

The only such tables. A follower gets the tenant and the subject's id, may be called twice, and must not mind.
"""

from collections.abc import Mapping, Sequence

from regulars.integrations.shop import tasks as shop
from regulars.platform.tasks import Task

FOLLOWERS: Mapping[str, Sequence[Task]] = {
    "shop.connected": [],
    "shop.reading": [shop.read_page],
    "shop.read": [],
    "shop.gap_seen": [shop.reconcile],
    "shop.secret_changed": [],
    "shop.disconnected": [],
}

ANSWERS: Mapping[str, Task] = {"shop": shop.apply_delivery}
