"""A way to PostgreSQL on which answers can be held back."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingUnixStreamServer
from urllib.parse import parse_qs, quote, urlsplit

SOCKET = ".s.PGSQL.5432"


class Relay(ThreadingUnixStreamServer):
    """Stands between clients and the server at an address, both on Unix sockets.

    What the server says is handed on `late_seconds` after it came; what clients say, at once.
    """

    daemon_threads = True
    request_queue_size = 128  # A full queue refuses on a Unix socket, where TCP would wait.

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(str(folder / SOCKET), _Connection)
        asked = parse_qs(urlsplit(address).query)
        self.behind = f"{asked['host'][0]}/.s.PGSQL.{asked['port'][0]}"
        self.url = f"postgresql://facegraph@/facegraph?host={quote(str(folder), safe='')}"
        self.late_seconds = 0.0


class _Connection(BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as behind:
            behind.connect(self.server.behind)
            asking = threading.Thread(target=_hand_on, args=(self.request, behind, lambda: 0.0))
            asking.start()
            _hand_on(behind, self.request, lambda: self.server.late_seconds)
            asking.join()


def _hand_on(source: socket.socket, target: socket.socket, late: Callable[[], float]) -> None:
    """Hand on what comes until one side ends; then the other does."""
    with suppress(OSError):
        while part := source.recv(2**16):
            time.sleep(late())
            target.sendall(part)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def relayed(folder: Path, address: str) -> Iterator[Relay]:
    """Stand in front of that server, in a folder, until the block ends."""
    with Relay(folder, address) as relay:
        serving = threading.Thread(target=relay.serve_forever)
        serving.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            serving.join()
