"""The bytes of one recipient's mail (RFC 5322, 2045-2047), signed, ready to be handed over."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from html import escape

from django.utils.translation import gettext as _

from regulars.integrations.email.letters import merge, quoted
from regulars.integrations.email.letters.letter import Letter
from regulars.integrations.email.letters.lines import MAX_VALUE_CHARS, line
from regulars.integrations.email.letters.marks import LINK, PIXEL, UNSUBSCRIBE, Slot
from regulars.integrations.email.letters.merge import Addresses as Addresses
from regulars.integrations.email.letters.signing import Signer
from regulars.platform import errors

MAX_ADDRESS_CHARS = 254
MAX_PLAIN_HEADER_CHARS = 150  # longer ones are folded by their encoding
MAX_URL_CHARS = 900  # a line of a mail holds at most 998
ENCODED_WORD_BYTES = 39  # "Subject: " and the longest word stay within a line of 76
KEPT = 20_000
AN_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
A_URL = re.compile(r"(?:https?://|mailto:)[!-;=?-~]+")  # no space, no < and >
AN_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
NOTHING_SEEN = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


class BadAddress(errors.Invalid):
    """Nothing that mail can be sent to or from, or a header that would not be one."""

    code = "bad_mail_address"


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """Who sends it and when; ``message_id`` with its angle brackets.

    ``tenant`` (a schema name) marks the mail for the demo's page of caught mail; empty leaves it out.
    """

    from_name: str
    from_address: str
    reply_to: str
    message_id: str
    feedback_id: str
    at: datetime
    unsubscribe_mailto: str
    tenant: str = ""


def built(
    letter: Letter,
    *,
    to: str,
    to_name: str,
    values: Mapping[str, str],
    addresses: Addresses,
    stamp: Stamp,
    signer: Signer | None,
) -> bytes:
    """The whole mail with CRLF line ends, the signature first.

    No value can add a header or a line: control characters become spaces, other letters are encoded.
    Raises BadAddress for an address that is none.
    """
    body = merge.body(letter, values=values, addresses=addresses)
    headers = [
        (b"From", mailbox(stamp.from_name, stamp.from_address)),
        (b"To", mailbox(to_name, to)),
        (b"Subject", words(merge.subject(letter, values))),
        (b"Date", _date(int(stamp.at.timestamp()), stamp.at.replace(microsecond=0))),
        (b"Message-ID", _exactly(AN_ID, stamp.message_id)),
        (b"List-Unsubscribe", _ways_out(addresses.one_click, stamp.unsubscribe_mailto)),
        (b"List-Unsubscribe-Post", b"List-Unsubscribe=One-Click"),
        (b"MIME-Version", b"1.0"),
        (b"Content-Type", f'multipart/alternative;\r\n\tboundary="{letter.boundary}"'.encode("ascii")),
    ]
    if stamp.reply_to:
        headers.append((b"Reply-To", mailbox("", stamp.reply_to)))
    if stamp.feedback_id:
        headers.append((b"Feedback-ID", words(stamp.feedback_id)))
    signed = [signer.header(headers, body)] if signer else []
    if stamp.tenant:
        headers.append((b"X-Regulars-Tenant", words(stamp.tenant)))
    lines = [b"%b: %b\r\n" % header for header in headers]
    return b"".join([*signed, *lines, b"\r\n", body])


def preview(letter: Letter, *, values: Mapping[str, str]) -> str:
    """The HTML that a recipient with these values would see; its links lead where the blocks say."""
    shown = []
    for slot in letter.slots:
        if slot.place.name == PIXEL:
            shown.append("")
        elif slot.place.name == UNSUBSCRIBE:
            shown.append("#")
        elif slot.place.name == LINK:
            shown.append(escape(letter.links[slot.place.position]))
        else:
            shown.append(_shown(slot, values))
    pieces = [quoted.plain(literal.encode("ascii")) for literal in letter.html.literals]
    values_between = [shown[number] for number in letter.html.slots]
    return "".join(piece + value for piece, value in zip(pieces, [*values_between, ""], strict=True))


@lru_cache(maxsize=KEPT)
def mailbox(name: str, address: str) -> bytes:
    """``"Name" <address>``, the name quoted or encoded. Raises BadAddress."""
    plain = line(name)
    if not plain:
        return checked_address(address).encode("ascii")
    if plain.isascii() and "=?" not in plain and len(plain) <= MAX_PLAIN_HEADER_CHARS:
        quotes = plain.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quotes}" <{checked_address(address)}>'.encode("ascii")
    return _encoded(plain) + f"\r\n <{checked_address(address)}>".encode("ascii")


@lru_cache(maxsize=KEPT)
def words(text: str) -> bytes:
    """A header's words on one line, encoded (RFC 2047) where they are not plain ASCII."""
    plain = line(text, most=2 * MAX_VALUE_CHARS)
    if plain.isascii() and "=?" not in plain and len(plain) <= MAX_PLAIN_HEADER_CHARS:
        return plain.encode("ascii")
    return _encoded(plain)


def checked_address(address: str) -> str:
    """The address in ASCII, a foreign domain in its ``xn--`` form. Raises BadAddress."""
    local, at, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
    whole = f"{local}{at}{domain}"
    if len(whole) > MAX_ADDRESS_CHARS or ".." in whole or not AN_ADDRESS.fullmatch(whole):
        raise BadAddress(_("Mail cannot be sent to or from this address."))
    return whole


def _encoded(plain: str) -> bytes:
    """Encoded words, each on a line of its own, none of which splits a letter."""
    chunks = [bytearray()]
    for letter in plain:
        code = letter.encode()
        if len(chunks[-1]) + len(code) > ENCODED_WORD_BYTES:
            chunks.append(bytearray())
        chunks[-1] += code
    return b"\r\n ".join(b"=?utf-8?b?%b?=" % base64.b64encode(chunk) for chunk in chunks)


def _ways_out(one_click: str, mailto: str) -> bytes:
    ways = [one_click, f"mailto:{mailto}" if mailto and not mailto.startswith("mailto:") else mailto]
    return b",\r\n ".join(b"<%b>" % _exactly(A_URL, way) for way in ways if way)


def _exactly(shape: re.Pattern[str], text: str) -> bytes:
    if len(text) > MAX_URL_CHARS or not shape.fullmatch(text):
        raise BadAddress(_("This is not an address."))
    return text.encode("ascii")


@lru_cache(maxsize=8)
def _date(second: int, at: datetime) -> bytes:
    return format_datetime(at).encode("ascii")


def _shown(slot: Slot, values: Mapping[str, str]) -> str:
    return escape(line(values.get(slot.place.name) or slot.place.fallback))
