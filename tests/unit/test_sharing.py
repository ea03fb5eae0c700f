"""A shared service is started once for whoever wants it in a row, and ended after them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.acceptance.sharing import Shared

Start = Callable[[Path], AbstractContextManager[Path]]


@pytest.fixture
def told() -> list[str]:
    """Collect starts and ends in their order."""
    return []


@pytest.fixture
def start(told: list[str]) -> Start:
    """Return what starts a service, which is no more than the folder it was given."""

    @contextmanager
    def starting(folder: Path) -> Iterator[Path]:
        told.append("started")
        yield folder
        told.append("ended" if folder.is_dir() else "ended without its folder")

    return starting


def test_the_second_who_asks_gets_the_same(start: Start, told: list[str]) -> None:
    """It is kept as long as it is wanted next."""
    shared = Shared[Path]()
    first = shared.get("service", start)
    shared.end_unless(["portrait", "service"])

    assert shared.get("service", start) == first
    assert told == ["started"]
    shared.end()


@pytest.mark.parametrize("wanted", [(), ("portrait", "another")])
def test_it_ends_when_nobody_wants_it(start: Start, told: list[str], wanted: tuple[str]) -> None:
    """Its folder goes after it, and who asks later gets a new one."""
    shared = Shared[Path]()
    first = shared.get("service", start)
    shared.end_unless(wanted)

    assert (told, first.exists()) == (["started", "ended"], False)
    assert shared.get("service", start) != first
    shared.end()


def test_one_at_a_time(start: Start, told: list[str]) -> None:
    """Before another starts, the one that is kept ends."""
    shared = Shared[Path]()
    shared.get("service", start)
    shared.get("another", start)

    assert told == ["started", "ended", "started"]
    shared.end()


def test_a_start_that_failed_leaves_nothing(start: Start) -> None:
    """Its folder goes with the next end, and who asks again tries again."""
    shared, folders = Shared[Path](), list[Path]()

    def failing(folder: Path) -> AbstractContextManager[Path]:
        folders.append(folder)
        raise RuntimeError("did not start")

    with pytest.raises(RuntimeError, match="did not start"):
        shared.get("service", failing)
    shared.end_unless(["service"])

    assert [folder.exists() for folder in folders] == [False]
    assert shared.get("service", start).is_dir()
    shared.end()
