"""Quoted-printable (RFC 2045 6.7), in pieces that can be joined in any order.

Each piece ends in a soft line break, so whatever follows begins a line: no line grows past 76 characters,
and nothing has to be encoded anew when a value is put between two pieces.
"""

import binascii
import quopri
import re

SOFT_BREAK = b"=\r\n"
MAX_LINE = 76  # characters, the soft break's "=" among them
LINE_END = re.compile(r"\r\n|\r|\n")
WIRE_LINE_END = re.compile(rb"\r?\n")
NEEDS_NOTHING = re.compile(r"[A-Za-z0-9 .!#$%&'()*+,/:;<>?@\[\]^_`{|}~\"-]{1,75}").fullmatch


def piece(text: str) -> bytes:
    """One line or many, of any length; empty for an empty text."""
    if not text:
        return b""
    if NEEDS_NOTHING(text):
        return text.encode("ascii") + SOFT_BREAK
    plain = LINE_END.sub("\r\n", text).encode()
    coded = WIRE_LINE_END.sub(b"\r\n", binascii.b2a_qp(plain, istext=True))
    # The library sometimes writes a line too long, and knows nothing of the break that follows.
    *lines, last = coded.split(b"\r\n")
    kept = [*(_within(line, MAX_LINE) for line in lines), _within(last, MAX_LINE - 1)]
    return b"\r\n".join(kept) + SOFT_BREAK


def _within(line: bytes, most: int) -> bytes:
    """A coded line, its last sign on a line of its own where there is no room for it."""
    if len(line) <= most:
        return line
    last = -3 if line[-3:-2] == b"=" else -1
    return line[:last] + SOFT_BREAK + line[last:]


def plain(coded: bytes) -> str:
    """What a reader's mail program makes of it, line ends as ``\\n``."""
    return quopri.decodestring(coded).decode().replace("\r\n", "\n")
