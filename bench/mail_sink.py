"""A mail server that takes everything and keeps nothing: ``python -m bench.mail_sink``; says its port, and at
the end of its input how many mails and bytes it took. As cheap as Python allows, so that senders are measured."""

import asyncio
import sys

ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
END = b"\r\n.\r\n"
taken = {"mails": 0, "bytes": 0}


class Sink(asyncio.Protocol):
    def connection_made(self, transport):
        self.door, self.held, self.is_mail = transport, bytearray(), False
        transport.write(b"220 sink\r\n")

    def data_received(self, data):
        if self.is_mail:
            self.held += data
            if not self.held.endswith(END):  # a sender waits for the answer, so nothing follows it
                return
            taken["mails"] += 1
            taken["bytes"] += len(self.held)
            self.held, self.is_mail = bytearray(), False
            self.door.write(b"250 taken\r\n")
            return
        self.held += data
        answers = b""
        while b"\r\n" in self.held:
            line, _, rest = bytes(self.held).partition(b"\r\n")
            self.held = bytearray(rest)
            word = line[:4].upper()
            self.is_mail = word == b"DATA"
            answers += ANSWERS.get(word, b"250 ok\r\n")
        self.door.write(answers)  # all at once, as servers answer who pipelines


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(taken["mails"], taken["bytes"], flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
