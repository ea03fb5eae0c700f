"""The log of a running service on standard output."""

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Queue

import pytest

from cli import following as module
from cli.following import Followed, Following, following, in_colour


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, so that no test waits."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give the file of a replica, with what Ray and the replica wrote at its start."""
    path = tmp_path / "worker-1.err"
    path.write_bytes(b':actor_name:Ingress\n{"event": "ready"}\n')
    return path


def add(path: Path, *lines: bytes) -> None:
    """Write lines as a replica does."""
    with path.open("ab") as file:
        file.write(b"".join(line + b"\n" for line in lines))


@pytest.fixture
def file(log: Path) -> Iterator[Followed]:
    """Give the same file as it is followed."""
    with closing(Followed(log)) as file:
        yield file


def read(file: Followed) -> list[bytes]:
    """Return what was added."""
    return [line for chunk in file.chunks() for line in chunk]


def test_what_is_added_is_read_once(file: Followed, log: Path) -> None:
    """A line is read when it is whole, and never again."""
    first = read(file)
    with log.open("ab") as half:
        half.write(b'{"event": "a')
    between = read(file)
    add(log, b'b"}')

    assert first == [b":actor_name:Ingress", b'{"event": "ready"}']
    assert (between, read(file), read(file)) == ([], [b'{"event": "ab"}'], [])


def test_of_a_file_that_was_there_only_what_is_new(log: Path) -> None:
    """People are shown what happens from now on."""
    with closing(Followed(log, from_end=True)) as file:
        add(log, b"{}")

        assert read(file) == [b"{}"]


def test_a_file_that_was_renamed(file: Followed, log: Path) -> None:
    """What was written before the rotation and after it is read, in this order."""
    read(file)
    add(log, b"before")
    log.rename(log.with_suffix(".err.1"))
    add(log, b"after")

    assert read(file) == [b"before", b"after"]


def test_a_file_that_was_emptied(file: Followed, log: Path) -> None:
    """Where a copy was kept and the file cut, it is read from its beginning."""
    read(file)
    os.truncate(log, 0)
    add(log, b"after")

    assert read(file) == [b"after"]


def test_a_file_that_is_gone(file: Followed, log: Path) -> None:
    """A file that somebody removed has nothing more to say."""
    read(file)
    log.unlink()

    assert read(file) == []


@pytest.fixture
def shown() -> Queue[bytes]:
    """Give what was shown, text by text."""
    return Queue()


@pytest.fixture
def begun(log: Path, shown: Queue[bytes]) -> Iterator[Following]:
    """Follow the folder of logs as a container does."""
    following = Following(list, lambda text: shown.put(text) if text else None, people=False)
    following.begin(log.parent)
    yield following
    following.end()


def test_replicas_come_and_go(begun: Following, log: Path, shown: Queue[bytes]) -> None:
    """Of each there is or will be, events are passed on as they are, and nothing else is."""
    first = shown.get(timeout=5)
    log.unlink()
    add(log.with_name("worker-2.err"), b":job_id:1", b'{"event": "another"}')
    second = shown.get(timeout=5)
    begun.end()

    assert (first, second) == (b'{"event": "ready"}\n', b'{"event": "another"}\n')


def test_the_last_lines_are_shown(begun: Following, log: Path, shown: Queue[bytes]) -> None:
    """What was written before the end is there at the end."""
    shown.get(timeout=5)
    add(log, b'{"event": "the last"}')
    begun.end()

    assert shown.get(timeout=5) == b'{"event": "the last"}\n'


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read very little at once."""
    monkeypatch.setattr(module, "_CHUNK_BYTES", 64)


@pytest.mark.usefixtures("narrow")
def test_machines_get_all_of_a_flood_bit_by_bit(log: Path) -> None:
    """What piled up while nobody took it is passed on whole, and never held at once."""
    add(log, *[b'{"event": "a line of some length"}'] * 100)
    written: list[bytes] = []
    following = Following(list, written.append, people=False)
    following.begin(log.parent)
    following.end()

    assert b"".join(written).count(b"\n") == 101
    assert max(map(len, written)) < 200


@pytest.mark.usefixtures("narrow")
def test_people_get_the_end_of_a_flood(file: Followed, log: Path) -> None:
    """Of more than anybody reads what came last is read, from the first whole line."""
    read(file)
    add(log, *(b"line %03d" % number for number in range(100)))
    file.skip()

    assert read(file) == [b"line %03d" % number for number in range(93, 100)]


def test_nobody_reads_any_more(log: Path) -> None:
    """A reader who left ends the following, and nothing else."""
    tried: list[bytes] = []

    def broken(text: bytes) -> None:
        tried.append(text)
        raise BrokenPipeError

    following = Following(list, broken, people=False)
    following.begin(log.parent)
    following.end()

    assert len(tried) == 1


def test_a_disk_that_was_full(log: Path, shown: Queue[bytes]) -> None:
    """A line that could not be written is lost, and the next is shown."""
    errors = [OSError(errno.ENOSPC, "No space left on device")]

    def write(text: bytes) -> None:
        if errors:
            add(log, b'{"event": "the next"}')
            raise errors.pop()
        shown.put(text)

    following = Following(list, write, people=False)
    following.begin(log.parent)
    told = shown.get(timeout=5)
    following.end()

    assert told == b'{"event": "the next"}\n'


def test_people_see_lines_in_order_and_not_too_many() -> None:
    """Lines of several replicas are sorted by their times; of a flood warnings are shown first."""
    lines = [{"event": "e", "timestamp": f"{99 - n}"} for n in range(80)]
    lines[0] |= {"level": "warning"}
    shown = list(
        in_colour([*(json.dumps(each).encode() for each in lines), b"{no event}"], colors=False)
    )

    assert shown[:2] == [b"20 e", b"21 e"]
    assert shown[-2] == b"99 [warning  ] e"
    assert len(shown) == 51
    assert shown[-1].decode() == "… and 30 more lines"


@pytest.mark.parametrize(
    ("asked", "shown"), [("console", "ready\n"), (None, '{"event": "ready"}\n')]
)
def test_the_form_that_is_asked_for(
    log: Path, capfd: pytest.CaptureFixture[str], asked: str | None, shown: str
) -> None:
    """Where standard output is no terminal it gets JSON, unless people are to read it."""
    ready = log.read_bytes()
    log.write_bytes(b"")
    with following(asked) as begun:  # type: ignore[arg-type]
        assert begun is not None
        begun.begin(log.parent)
        log.write_bytes(ready)

    assert capfd.readouterr().out == shown


def test_without_standard_output_nothing_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service whose standard output is closed runs on."""
    monkeypatch.setattr(sys, "stdout", None)
    with following(None) as begun:
        assert begun is None
