"""A local SMTP catcher: ``python -m regulars.platform.services.mail PORT FOLDER``. Nothing leaves."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_MESSAGE_BYTES = 10 * 1024 * 1024


class Catcher:
    """Writes each message as one .eml file, newest last by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken += 1
        name = f"{time.time_ns()}-{self.taken}.eml"
        to = ", ".join(envelope.rcpt_tos)
        body = envelope.original_content or b""
        came = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {to}\r\n"
        (self.folder / name).write_bytes(came.encode() + body)
        return "250 kept"


def serve(port: int, folder: Path) -> None:
    """Catch until the process is ended."""
    folder.mkdir(parents=True, exist_ok=True)
    loop = asyncio.new_event_loop()
    catcher: Any = UnthreadedController(
        Catcher(folder), hostname="127.0.0.1", port=port, loop=loop, data_size_limit=MAX_MESSAGE_BYTES
    )
    catcher.begin()
    try:
        loop.run_forever()
    except KeyboardInterrupt:
        catcher.end()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
