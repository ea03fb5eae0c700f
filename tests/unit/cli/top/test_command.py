"""`facegraph top` against a server that says what the tests put into its mouth."""

import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli.main import app
from cli.top.command import own_address
from cli.top.scrape import NoPage, Page, parse
from cli.top.watch import Watch, earliest
from config.settings import Settings, settings
from tests.unit.cli.top.pages import EARLIER, LATER, two_pages

TOKEN = "Zm9yLXRoZS10ZXN0cy1vZi1tZXRyaWNzLW9ubHk"
SETTLED = 7  # Looks: two at once, and after two, four, six, eight and ten seconds.


class Clock:
    """A moment that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """Return it."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.now += seconds


class Service(BaseHTTPRequestHandler):
    """Answers who has the token: the first page for as long as replicas need, then the second."""

    asked: list[str]

    def do_GET(self) -> None:
        """Answer."""
        known = self.headers["Authorization"] == f"Bearer {TOKEN}"
        pages = type(self).asked
        pages.append(self.path)
        body = (EARLIER if len(pages) <= SETTLED else LATER).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """Yield the address of a service."""
    Service.asked = []
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(autouse=True)
def _no_time_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("cli.top.command.time", clock)
    monkeypatch.setattr("cli.top.scrape.time", clock)


def test_one_frame(url: str) -> None:
    """One screen, of ten seconds; a slash at the end of the address is no other address."""
    result = CliRunner().invoke(app, ["top", f"{url}/", "--once", "--token", TOKEN])

    assert (result.exit_code, set(Service.asked)) == (0, {"/metrics"})
    assert f"facegraph top  {url}  last 10.0 s" in result.output
    assert "8.7 requests/s" in result.output
    assert "4 of 27 places taken" in result.output


def test_the_token_may_come_from_the_environment(url: str) -> None:
    """So that it stands on no command line; and without a terminal there is one frame."""
    environment = {"FACEGRAPH_METRICS_TOKEN": TOKEN}
    result = CliRunner().invoke(app, ["top", url], env=environment)

    assert result.exit_code == 0
    assert TOKEN not in result.output


def test_a_frame_that_cannot_be_had(url: str) -> None:
    """One sentence, status 1, and the token is not repeated."""
    result = CliRunner().invoke(app, ["top", url, "--once", "--token", "another-token"])

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert f"facegraph: {url}: It answers 401: give the token" in result.stderr
    assert "another-token" not in result.output


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("0.0.0.0", 80, "http://127.0.0.1:80"),  # noqa: S104
        ("::", 8000, "http://[::1]:8000"),
        ("10.1.2.3", 8000, "http://10.1.2.3:8000"),
    ],
)
def test_the_address_of_the_service_here(host: str, port: int, address: str) -> None:
    """Where it listens on every address it is asked on loopback."""
    assert own_address(Settings(host=host, port=port)) == address


def test_any_port_has_to_be_named() -> None:
    """Nobody can guess which one a service picked."""
    result = CliRunner().invoke(app, ["top", "--once"], env={"FACEGRAPH_PORT": "0"})

    assert result.exit_code == 1
    assert "name the address that `up` printed" in result.stderr


def shown(watch: Watch) -> str:
    """Return the watch's next frame as text."""
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(watch.frame(100, 40))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_it_goes_on_while_the_service_is_away() -> None:
    """It says so, counts anew once the service is back, and never compares across the gap."""
    earlier, later = two_pages()
    pages = [Page(at, earlier.samples) for at in (0.0, 0.0, 11.0)] + [Page(15.0, later.samples)]
    looks: list[Page | NoPage] = [*pages, NoPage("It cannot be reached: x."), *pages]

    def look() -> Page:
        found = looks.pop(0)
        if isinstance(found, NoPage):
            raise found
        return found

    watch = Watch(look, "http://service")
    frames = [shown(watch).splitlines()[1] for _ in range(7)]
    counting, model = "Counting for fifteen seconds …", "model opencv_zoo 65010034d2e2, cpu"

    assert frames[:2] == frames[4:6] == [counting, counting]
    assert frames[2].startswith(model)
    assert frames[3] == "It cannot be reached: x. Trying again."
    assert frames[6].startswith(model)


def test_what_was_told_late_is_not_of_the_first_frame() -> None:
    """Replicas that nobody watched tell ten seconds at once, in the first looks."""
    told = [(0, 0), (0, 0), (2, 0), (4, 500), (10, 600), (12, 800), (14, 1000)]
    looks = [
        parse(f'facegraph_requests_total{{route="/v1/models",code="200"}} {count}', at)
        for at, count in told
    ]
    watch = Watch(lambda: looks.pop(0), "http://service")
    for _ in range(5):
        watch.look()
    early = watch.figures()
    watch.look()
    seen = watch.figures()

    assert early is None
    assert seen is not None
    assert (seen.seconds, seen.requests) == (4.0, 100.0)


@pytest.mark.parametrize(
    ("ages", "seconds", "age"),
    [([8.0, 6.0, 4.0, 2.0], 10, 8.0), ([12.0, 8.0, 4.0], 10, 8.0), ([60.0, 30.0], 10, 30.0)],
)
def test_figures_are_of_some_seconds(ages: list[float], seconds: float, age: float) -> None:
    """Of as many as are wanted and at hand; of one interval where that is longer."""
    pages = [Page(100.0 - each, {}) for each in ages]
    assert 100.0 - earliest(pages, Page(100.0, {}), seconds).at == age
