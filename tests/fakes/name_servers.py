"""A name server on loopback that says what a test tells it; ``settings.DNS_RESOLVER`` is asked."""

import json
import socket
import threading
from contextlib import suppress

from regulars.platform.services import dns


class NameServer:
    """``says`` replaces everything that is known: {name: {"TXT": [value], "CNAME": [name]}}."""

    def __init__(self, folder):
        self.folder = folder
        self.door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.door.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.door.getsockname()[1]}"
        self.thread = threading.Thread(target=dns.serve, args=[self.door, folder])

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        self.thread.join()

    def says(self, names):
        (self.folder / "names.json").write_text(json.dumps(names))
