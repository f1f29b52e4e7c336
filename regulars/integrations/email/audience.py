"""Who gets a campaign, and why the others do not: one statement that counts, or freezes, an audience.

Counting and freezing judge by the same lines of SQL, so what the owner was shown is what is sent. People
are judged one by one (an address, a word of consent, no suppression), then address by address: whoever
refused under one spelling is not mailed under another, and nobody is mailed twice.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import sql

from regulars.crm_core.customers import consent
from regulars.crm_core.insight import segments
from regulars.integrations.email import suppression
from regulars.integrations.email.models import RecipientState
from regulars.platform import tenancy

MAX_GROUNDS = 8  # shown by name; the rest are counted together
OTHER_GROUNDS = "…"
MAILED = ""  # the verdict on those who get the mail
A_PLACEHOLDER = re.compile(r"(?<!%)%s")

JUDGED = """
    WITH members AS ({members}),
    judged AS (
        SELECT c.id, c.email, lower(c.email) COLLATE "C" AS address, coalesce(word.ground, '') AS ground,
            CASE
                WHEN c.email = '' OR right(c.email, 8) = '.invalid' THEN 'no_address'
                WHEN word.is_given IS NULL THEN 'no_consent'
                WHEN NOT word.is_given THEN 'refused'
                WHEN {hashed} IN (SELECT email_hash FROM email_suppression) THEN 'suppressed'
                WHEN lower(c.email) <> ALL(%(only)s::text[]) THEN 'not_a_member'
                ELSE ''
            END AS reason
        FROM members m
        JOIN customers_contact c ON c.id = m.contact_id AND c.merged_into_id IS NULL
        LEFT JOIN LATERAL (
            SELECT w.is_given, w.ground FROM customers_consent w
            WHERE w.contact_id = c.id AND w.channel = 'email'
            ORDER BY w.happened_at DESC, w.is_given, w.id DESC LIMIT 1
        ) word ON true
        OFFSET 0  -- judged once: the planner would write the verdict out wherever it is read
    ),
    by_address AS (
        SELECT *, bool_or(reason = 'refused') OVER everyone AS is_refused, row_number() OVER ranked AS place
        FROM judged
        WINDOW ranked AS (PARTITION BY address ORDER BY reason COLLATE "C", id),
            everyone AS (ranked ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ),
    decided AS (
        SELECT id, email, ground, CASE
            WHEN reason = '' AND is_refused THEN 'refused'
            WHEN reason = '' AND place > 1 THEN 'duplicate'
            ELSE reason END AS verdict
        FROM by_address
    )
"""
COUNT = "SELECT verdict, CASE verdict WHEN '' THEN ground END, count(*) FROM decided GROUP BY 1, 2"
FREEZE = """
    INSERT INTO email_recipient (campaign_id, contact_id, email, state, worker, attempts, reason)
    SELECT %(campaign)s, id, email, %(pending)s, '', 0, '' FROM decided WHERE verdict = '' ORDER BY id
"""


@dataclass(frozen=True, kw_only=True)
class Audience:
    """How many get the mail, by the ground of their consent; and how many do not, by reason:
    ``no_address``, ``no_consent``, ``refused``, ``suppressed``, ``not_a_member``, ``duplicate``.
    """

    mailed: int = 0
    by_ground: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


def counted(rules: dict[str, Any], *, only: Collection[str] | None, at: datetime) -> Audience:
    """Judge a segment's members. ``only``: lower-case addresses, when no others may be mailed."""
    statement, params = _composed(JUDGED + COUNT, rules, only=only, at=at)
    grounds: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for verdict, ground, many in tenancy.rows(statement, params):
        if verdict == MAILED:
            grounds[ground.removeprefix(consent.UNMERGE).removeprefix(consent.MERGE)] += many
        else:
            left_out[verdict] += many
    shown = dict(grounds.most_common(MAX_GROUNDS))
    if rest := grounds.total() - sum(shown.values()):
        shown[OTHER_GROUNDS] = rest
    return Audience(mailed=grounds.total(), by_ground=shown, left_out=dict(left_out))


def freeze(campaign: UUID, rules: dict[str, Any], *, only: Collection[str] | None, at: datetime) -> int:
    """Write a row for everybody who gets the campaign; returns how many. In the caller's transaction."""
    tenancy.require_atomic()
    statement, params = _composed(JUDGED + FREEZE, rules, only=only, at=at)
    return tenancy.execute(statement, {**params, "campaign": campaign, "pending": RecipientState.PENDING})


def _composed(
    text: str, rules: dict[str, Any], *, only: Collection[str] | None, at: datetime
) -> tuple[Any, Mapping[str, Any]]:
    query, given = segments.members(rules, at=at).order_by().values("contact_id").query.sql_with_params()
    names = [f"member_{number}" for number in range(len(given))]
    left = iter(names)
    members = A_PLACEHOLDER.sub(lambda _found: f"%({next(left)})s", query)
    hashed = suppression.HASHED.format(address="c.email")
    statement = sql.SQL(text).format(members=sql.SQL(members), hashed=sql.SQL(hashed))
    return statement, {
        **dict(zip(names, given, strict=True)),
        **suppression.pads(),
        "only": None if only is None else sorted(only),
    }
