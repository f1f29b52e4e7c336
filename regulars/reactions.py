"""What follows what: fact name -> the tasks that hear of it; delivery kind -> the task that answers.

The only such tables. A follower gets the tenant and the subject's id, may be called twice, and must not mind.
"""

from collections.abc import Mapping, Sequence

from regulars.platform.tasks import Task

FOLLOWERS: Mapping[str, Sequence[Task]] = {}

ANSWERS: Mapping[str, Task] = {}
