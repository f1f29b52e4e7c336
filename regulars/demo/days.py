"""When people come to a demo shop: days by season and growth, moments by the hours people keep."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

HISTORY = timedelta(days=615)  # a little over twenty months
BEFORE = timedelta(days=300)  # the shop is older than what is told of it: its first regulars came then
GROWTH = 0.5  # the shop's last day is that much busier than its first
MIN_PART_OF_TODAY = 0.5
HOURS = range(6, 24)
HOUR_WEIGHTS = (1, 2, 4, 6, 8, 8, 8, 7, 6, 6, 6, 6, 7, 9, 11, 11, 8, 4)


class Calendar:
    """The shop's days up to today, each as likely as it is busy. No moment lies after ``at``."""

    def __init__(self, *, at: datetime, time_zone: str, season: Callable[[date], float]) -> None:
        self.at, self.zone = at, ZoneInfo(time_zone)
        self.today = at.astimezone(self.zone).date()
        self.told_from = self.today - HISTORY
        self.first_day = self.told_from - BEFORE
        count = (HISTORY + BEFORE).days + 1
        self.days = [self.first_day + timedelta(days=each) for each in range(count)]
        weights = [season(day) * (1 + GROWTH * number / count) for number, day in enumerate(self.days)]
        weights[-1] *= max(self._part_of_today(), MIN_PART_OF_TODAY)
        self._sums = [0.0, *accumulate(weights)]

    def day(self, random: Random) -> date:
        """Any day of the history."""
        return self._drawn(random, 0, len(self.days))

    def day_near(self, random: Random, around: date, *, spread_days: int) -> date | None:
        """A day around a day, busy ones first; None when that lies beyond today."""
        middle = (around - self.first_day).days
        if middle >= len(self.days):
            return None
        first = max(middle - spread_days, 0)
        return self._drawn(random, first, min(middle + spread_days + 1, len(self.days)))

    def moment(self, random: Random, day: date) -> datetime:
        """A moment of a day as the shop's zone has it, in UTC; of today, one that has passed."""
        midnight = datetime.combine(day, time(), self.zone)
        if day >= self.today:
            return (midnight + (self.at - midnight) * random.random()).astimezone(UTC).replace(microsecond=0)
        hour = random.choices(HOURS, HOUR_WEIGHTS)[0]
        return (midnight + timedelta(hours=hour, seconds=random.randrange(3600))).astimezone(UTC)

    def is_told(self, moment: datetime) -> bool:
        """Does the history that is told begin before this moment?"""
        return moment.astimezone(self.zone).date() >= self.told_from

    def _part_of_today(self) -> float:
        midnight = datetime.combine(self.today, time(), self.zone)
        return (self.at - midnight) / timedelta(days=1)

    def _drawn(self, random: Random, first: int, end: int) -> date:
        low, high = self._sums[first], self._sums[end]
        place = bisect_right(self._sums, low + random.random() * (high - low)) - 1
        return self.days[min(max(place, first), end - 1)]
