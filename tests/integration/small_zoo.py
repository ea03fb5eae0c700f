"""A model zoo on this machine, in place of insightface's, that misbehaves when it is told to."""

import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deployments.vision import licences
from deployments.vision.packs import Pack, WeightsFile
from tests.networks import network

DETECTOR, RECOGNISER = network("finds faces "), network("makes vectors ")

TINY = Pack(
    name="tiny",
    licence=licences.NON_COMMERCIAL.name,
    commercial_use=False,
    dimension=512,
    verify_threshold=0.2,
    identify_threshold=0.3,
    files=(
        WeightsFile(
            role="detector", kind="scrfd", name="det.onnx", sha256=sha256(DETECTOR).hexdigest()
        ),
        WeightsFile(
            role="recogniser",
            kind="arcface",
            name="rec.onnx",
            sha256=sha256(RECOGNISER).hexdigest(),
        ),
    ),
)


def zipped(members: dict[str, bytes]) -> bytes:
    """Return an archive of these names and contents, uncompressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


GOOD = zipped(
    {
        "tiny/det.onnx": DETECTOR,
        "tiny/genderage.onnx": b"not asked for",
        "tiny/rec.onnx": RECOGNISER,
    }
)


class Zoo(ThreadingHTTPServer):
    """Serves `archive` under any name; remembers the ranges it was asked for and its answers."""

    daemon_threads = False  # They are waited for, so that none outlives its test.

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Visit)
        self.archive = GOOD
        self.asked: list[str | None] = []
        self.answered: list[int] = []
        self.breaks_after: int | None = None
        self.knows_ranges = True
        self.moved = False
        self.failing: int | None = None
        self.silent = False
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """Where the zoo's files are."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Visit(BaseHTTPRequestHandler):
    server: Zoo

    def do_GET(self) -> None:
        """Answer as the zoo was told to."""
        zoo = self.server
        if zoo.moved and not self.path.startswith("/moved"):
            return self._head(302, Location=f"/moved{self.path}")
        zoo.asked.append(self.headers["Range"])
        if zoo.silent:
            zoo.closing.wait()
        return self._head(zoo.failing) if zoo.failing else self._send()

    def _send(self) -> None:
        archive, asked = self.server.archive, self.headers["Range"]
        begin = int(asked[len("bytes=") : -1]) if asked and self.server.knows_ranges else 0
        if begin >= len(archive):
            return self._head(416, Content_Range=f"bytes */{len(archive)}")
        span = (
            {"Content_Range": f"bytes {begin}-{len(archive) - 1}/{len(archive)}"} if begin else {}
        )
        self._head(206 if begin else 200, Content_Length=str(len(archive) - begin), **span)
        self.wfile.write(archive[begin : self.server.breaks_after])
        return None

    def _head(self, status: int, **headers: str) -> None:
        self.server.answered.append(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: a failing test has enough to show."""


@contextmanager
def open_zoo() -> Iterator[Zoo]:
    """Serve until the end of the block."""
    with Zoo() as zoo:
        thread = threading.Thread(target=zoo.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield zoo
        finally:
            zoo.closing.set()
            zoo.shutdown()
            thread.join()
