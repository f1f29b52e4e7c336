"""A mail server that takes everything and counts, for storms: real ones cost more than what is measured."""

import asyncio
import threading
from collections import Counter


class Sink:
    """``accepted``: address -> how often a whole mail to it arrived, be its sender alive or not.

    ``talking``: how many connections handed over one at least.
    """

    def __init__(self, *, answer_seconds=0.0):
        self.answer_seconds = answer_seconds
        self.accepted = Counter()
        self.talking = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="sink", daemon=True)

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self):
        self.thread.start()
        starting = asyncio.start_server(self._talk, "127.0.0.1", 0, limit=2**20)
        self.server = asyncio.run_coroutine_threadsafe(starting, self.loop).result(10)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()

    async def _close(self):
        self.server.close()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for each in talks:
            each.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(self, reader, writer):
        to, is_first = "", True
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                command = line[:4].upper()
                if command == b"RCPT":
                    to = line.partition(b"<")[2].partition(b">")[0].decode()
                if command == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self.accepted[to] += 1
                    self.talking += is_first
                    is_first = False
                    await asyncio.sleep(self.answer_seconds)
                writer.write(b"221 bye\r\n" if command == b"QUIT" else b"250 fine\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender was killed
        finally:
            writer.close()
