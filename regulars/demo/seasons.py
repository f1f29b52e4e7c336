"""How busy a shop is on a day: weekdays, holidays and sales, 1.0 on an ordinary day."""

from datetime import date, timedelta

MONDAY, SATURDAY, SUNDAY = 0, 5, 6

# Chinese New Year and Mid-Autumn move with the moon; beyond the table, a day in the middle of their range.
SPRING_FESTIVALS = {
    2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13),
    2030: (2, 3), 2031: (1, 23), 2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
}  # fmt: skip
MID_AUTUMNS = {
    2023: (9, 29), 2024: (9, 17), 2025: (10, 6), 2026: (9, 25), 2027: (9, 15), 2028: (10, 3), 2029: (9, 22),
    2030: (9, 12), 2031: (10, 1), 2032: (9, 19), 2033: (9, 8), 2034: (9, 27), 2035: (9, 16),
}  # fmt: skip
OTHERWISE_SPRING, OTHERWISE_AUTUMN = (2, 5), (9, 24)


def british(day: date) -> float:
    """A tea shop's year in Britain: Black Friday, Christmas, a quiet January, a slow summer."""
    return _british_month(day) * _british_weekday(day)


def british_gifts(day: date) -> bool:
    """Weeks in which sets are bought to be given away."""
    return (11, 15) <= (day.month, day.day) <= (12, 21) or (day.month == 3 and 8 <= day.day <= 28)


def british_coupon(day: date) -> int:
    """Percent off for everybody: from Black Friday to the Monday after."""
    return 20 if 0 <= (day - black_friday(day.year)).days <= 3 else 0


def chinese(day: date) -> float:
    """A tea shop's year in China: New Year's gifts, then stillness; 618, Mid-Autumn, Double Eleven."""
    to_spring = (spring_festival(day.year) - day).days
    if -6 <= to_spring <= 1:
        return 0.15  # parcels rest
    if 5 <= to_spring <= 25:
        return 3.0
    return _sale(day) or _mid_autumn(day) or (0.85 if day.month in (7, 8) else 1.0)


def chinese_gifts(day: date) -> bool:
    before_spring = (spring_festival(day.year) - day).days
    before_autumn = (mid_autumn(day.year) - day).days
    return 2 <= before_spring <= 28 or 1 <= before_autumn <= 21


def chinese_coupon(day: date) -> int:
    return 15 if _sale(day) >= 2.0 else 0


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def spring_festival(year: int) -> date:
    return date(year, *SPRING_FESTIVALS.get(year, OTHERWISE_SPRING))


def mid_autumn(year: int) -> date:
    return date(year, *MID_AUTUMNS.get(year, OTHERWISE_AUTUMN))


def _british_month(day: date) -> float:
    if british_coupon(day):
        return 5.0
    if day.month == 12:
        return 4.0 if day.day <= 17 else 2.0 if day.day <= 21 else 0.35
    if day.month == 11:
        return 1.15 + day.day * 0.03
    by_month = {1: 0.7, 2: 0.85, 3: 1.1, 6: 0.8, 7: 0.7, 8: 0.7, 9: 0.95, 10: 1.1}
    return by_month.get(day.month, 0.9)


def _british_weekday(day: date) -> float:
    return {MONDAY: 1.1, SATURDAY: 0.8, SUNDAY: 1.2}.get(day.weekday(), 1.0)


def _sale(day: date) -> float:
    """The big sales and the days that lead up to them; 0 outside them."""
    month_day = (day.month, day.day)
    if month_day in {(11, 10), (11, 11)}:
        return 13.0
    if month_day in {(6, 17), (6, 18)}:
        return 6.0
    if month_day == (12, 12):
        return 4.5
    if (11, 1) <= month_day <= (11, 3):
        return 5.0
    if (11, 4) <= month_day <= (11, 9) or (6, 1) <= month_day <= (6, 16):
        return 1.6
    return 0.7 if (11, 12) <= month_day <= (11, 25) else 0.0


def _mid_autumn(day: date) -> float:
    return 2.4 if 2 <= (mid_autumn(day.year) - day).days <= 20 else 0.0
