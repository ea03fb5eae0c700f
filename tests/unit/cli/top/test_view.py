"""The screen, as text: all of it in eighty columns, and side by side where there is room."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from cli.top.figures import Route, Timed, figures
from cli.top.scrape import Page, parse
from cli.top.view import trouble, view
from tests.unit.cli.top.pages import three_pages

URL = "http://127.0.0.1:8000"
NOTHING = Page(0.0, {})


def text(shown: RenderableType, width: int) -> str:
    """Return what a terminal of this width shows."""
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    console.print(shown)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture(params=[80, 120])
def width(request: pytest.FixtureRequest) -> int:
    """Return the width of each terminal in turn."""
    found: int = request.param
    return found


@pytest.fixture
def screen(width: int) -> str:
    """Return the screen of the two pages."""
    return text(view(figures(*three_pages()), URL, width), width)


@pytest.mark.parametrize(
    "told",
    [
        f"facegraph top  {URL}  last 2.0 s",
        "model opencv_zoo 65010034d2e2, cpu, openvino 2026.4.1 CPU",
        "43.5 requests/s  3 in flight  4 of 27 places taken  pace 41.5/s  batches of 4.0",
        "AWAY: database",
        "overloaded",
        "identify match provisional",
        "QueryCanceledError",
        "/identify",
        "/{identity}/attempts",
    ],
)
def test_it_tells(screen: str, told: str) -> None:
    """Each of these stands in both, whole."""
    assert told in screen


@pytest.mark.parametrize(
    "row",
    [
        ["/identify", "43.0", "2.0", "1.0", "3", "25.0", "48.7", "50.0"],
        ["embed", "40.0", "15.0", "19.5", "19.9"],
        ["search", "40.0", "0.5", "0.9", "1.0"],
        ["Embedder", "2", "1.50", "620", "5"],
        ["Matcher", "1", "0.00", "0", "2/8"],
    ],
)
def test_rows(screen: str, row: list[str]) -> None:
    """A row's numbers stand in their order, whatever stands beside them."""
    line = next(line for line in screen.splitlines() if row[0] in line)
    cells = line[line.index(row[0]) :].split()

    assert cells[: len(" ".join(row).split())] == " ".join(row).split()


def test_no_line_is_longer_than_the_terminal(screen: str, width: int) -> None:
    """And none is cut by it."""
    assert max(map(len, screen.splitlines())) <= width
    assert not re.search(r"…(\s|$)", screen)


@pytest.mark.parametrize("size", [(80, 24), (120, 12), (80, 40)], ids=str)
def test_no_screen_is_higher_than_the_terminal(size: tuple[int, int]) -> None:
    """Of each table something is left, and who waits and who is refused is seen."""
    seen = replace(
        figures(*three_pages()),
        routes=tuple(replace(busy(), name=f"/{n}") for n in range(10)),
        queries=tuple(Timed(f"query {n}", 1.0, busy().seconds) for n in range(8)),
    )
    lines = text(view(seen, URL, *size), size[0]).splitlines()
    named = {word for line in lines for word in line.split()}

    assert len(lines) <= size[1]
    assert named >= {"/0", "Embedder", "Ingress", "Matcher", "overloaded", "embed"}


def busy() -> Route:
    """Return a route that is asked."""
    return figures(*three_pages()).routes[0]


def test_two_columns_where_there_is_room() -> None:
    """What is one under the other at 80 columns is side by side at 120, so it is less high."""
    seen = figures(*three_pages())
    narrow, wide = (text(view(seen, URL, width), width).splitlines() for width in (80, 120))

    assert len(wide) < len(narrow) - 8
    assert any("route" in line and "deployment" in line for line in wide)


def test_an_idle_service(width: int) -> None:
    """Tables without a row are left out."""
    shown = text(view(figures(NOTHING, Page(2.0, {}), NOTHING), URL, width), width)

    assert shown.splitlines() == [
        f"facegraph top  {URL}  last 2.0 s",
        "0.0 requests/s  0 in flight",
    ]


def test_trouble_is_one_sentence() -> None:
    """Where there are no figures, the reason stands in their place."""
    assert text(trouble("It answers 401.", URL), 80) == f"facegraph top  {URL}\nIt answers 401.\n"


def test_what_a_server_says_is_no_markup() -> None:
    """A label cannot colour, or break, the screen of whoever watches."""
    page = 'facegraph_requests_total{route="/[red]a\x1b[31m",code="200"} 1\n'
    shown = text(view(figures(NOTHING, parse(page, 1.0), NOTHING), URL, 80), 80)

    assert "/[red]a?[31m" in shown
