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
from cli.top.scrape import NoPage, Page
from cli.top.watch import Watch, earliest
from config.settings import Settings, settings
from tests.unit.cli.top.pages import EARLIER, LATER, two_pages

TOKEN = "Zm9yLXRoZS10ZXN0cy1vZi1tZXRyaWNzLW9ubHk"


class Service(BaseHTTPRequestHandler):
    """Answers the two pages in turn, to who has the token."""

    asked: list[str]

    def do_GET(self) -> None:
        """Answer."""
        known = self.headers["Authorization"] == f"Bearer {TOKEN}"
        pages = type(self).asked
        pages.append(self.path)
        body = (EARLIER if len(pages) == 1 else LATER).encode()
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
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_one_frame(url: str) -> None:
    """Two looks, one screen, status 0; a slash at the end of the address is no other address."""
    options = ["top", f"{url}/", "--once", "--interval", "0.5", "--token", TOKEN]
    result = CliRunner().invoke(app, options)

    assert (result.exit_code, Service.asked) == (0, ["/metrics", "/metrics"])
    assert f"facegraph top  {url}" in result.output
    assert "4 of 27 places taken" in result.output


def test_the_token_may_come_from_the_environment(url: str) -> None:
    """So that it stands on no command line; and without a terminal there is one frame."""
    environment = {"FACEGRAPH_METRICS_TOKEN": TOKEN}
    result = CliRunner().invoke(app, ["top", url, "--interval", "0.5"], env=environment)

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
    console.print(watch.frame(100))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_it_goes_on_while_the_service_is_away() -> None:
    """It says so, counts anew once the service is back, and never compares across the gap."""
    earlier, later = two_pages()
    looks: list[Page | NoPage] = [
        earlier,
        later,
        NoPage("It cannot be reached: x."),
        earlier,
        later,
    ]

    def look() -> Page:
        found = looks.pop(0)
        if isinstance(found, NoPage):
            raise found
        return found

    watch = Watch(look, "http://service")
    frames = [shown(watch).splitlines()[1] for _ in range(5)]

    assert frames[0] == frames[3] == "Counting …"
    assert frames[1] == frames[4] == "model opencv_zoo 65010034d2e2, cpu, openvino 2026.4.1 CPU"
    assert frames[2] == "It cannot be reached: x. Trying again."


@pytest.mark.parametrize(
    ("ages", "seconds", "age"),
    [([8.0, 6.0, 4.0, 2.0], 10, 8.0), ([12.0, 8.0, 4.0], 10, 8.0), ([60.0, 30.0], 10, 30.0)],
)
def test_figures_are_of_some_seconds(ages: list[float], seconds: float, age: float) -> None:
    """Of as many as are wanted and at hand; of one interval where that is longer."""
    pages = [Page(100.0 - each, {}) for each in ages]
    assert 100.0 - earliest(pages, Page(100.0, {}), seconds).at == age
