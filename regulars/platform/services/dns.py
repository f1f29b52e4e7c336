"""A local name server: ``python -m regulars.platform.services.dns PORT FOLDER``. Knows what the folder says.

Each ``.json`` file holds ``{name: {"TXT": [value, …], "CNAME": [name]}}``; a file that changes holds at
once. For the demo and for tests: real domains are asked of real name servers.
"""

import json
import socket
import sys
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

MAX_QUESTION_BYTES = 4096
SECONDS_TO_LIVE = 1
STRING_BYTES = 255  # a longer text is several strings


def serve(door: socket.socket, folder: Path) -> None:
    """Answer on a bound UDP socket until it is closed."""
    while True:
        try:
            question, asker = door.recvfrom(MAX_QUESTION_BYTES)
        except OSError:
            return
        try:
            said = answer(question, known(folder))
        except (dns.exception.DNSException, ValueError):
            continue  # not a question
        door.sendto(said, asker)


def known(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Every name of the folder's files, in small letters."""
    names: dict[str, dict[str, list[str]]] = {}
    for path in sorted(folder.glob("*.json")):
        names |= {name.lower(): rows for name, rows in json.loads(path.read_text()).items()}
    return names


def answer(wire: bytes, names: dict[str, dict[str, list[str]]]) -> bytes:
    """The answer to one question. Raises DNSException for what is none."""
    asked = dns.message.from_wire(wire)
    reply = dns.message.make_response(asked)
    reply.flags |= dns.flags.RA | dns.flags.AA
    question = asked.question[0]
    kind = dns.rdatatype.to_text(question.rdtype)
    rows = names.get(question.name.to_text(omit_final_dot=True).lower())
    if rows is None:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif rows.get(kind):
        texts = [_quoted(row) if kind == "TXT" else f"{row.rstrip('.')}." for row in rows[kind]]
        reply.answer.append(dns.rrset.from_text_list(question.name, SECONDS_TO_LIVE, "IN", kind, texts))
    return reply.to_wire()


def _quoted(text: str) -> str:
    pieces = [text[at : at + STRING_BYTES] for at in range(0, len(text), STRING_BYTES)]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)


if __name__ == "__main__":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", int(sys.argv[1])))
        serve(opened, Path(sys.argv[2]))
