"""The shape of the logs."""

import errno
import io
import json
from collections.abc import Iterator

import pytest
import structlog

from config.logs import configure_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Give a place to log to; leave the logs as they were."""
    yield io.StringIO()
    structlog.reset_defaults()


def test_an_event_is_a_line_of_json(stream: io.StringIO) -> None:
    """Every event is one line, with its time in UTC, its level and who logged it."""
    configure_logs("INFO", stream)
    structlog.get_logger("facegraph.web").info("request", status=200)
    line = json.loads(stream.getvalue())

    assert (line["event"], line["status"], line["level"]) == ("request", 200, "info")
    assert line["logger"] == "facegraph.web"
    assert line["timestamp"].endswith("Z")


def fail_with(password: str) -> None:
    """Fail with a secret in a variable and in the message, for a reason of its own."""
    try:
        int(password)
    except ValueError as error:
        raise KeyError(password) from error


def test_exception_by_type_and_place(stream: io.StringIO) -> None:
    """An exception tells its types and its lines: no message, no variable, no path."""
    configure_logs("INFO", stream)
    try:
        fail_with("hunter2")
    except KeyError:
        structlog.get_logger().exception("internal")
    line = stream.getvalue()

    assert "KeyError" in line
    assert "ValueError" in line
    assert f"{__name__}:" in line
    assert "hunter2" not in line
    assert "/test_logs.py" not in line
    assert "Traceback" not in line


@pytest.mark.parametrize(("level", "logged"), [("INFO", True), ("warning", False)])
def test_level(stream: io.StringIO, level: str, logged: bool) -> None:
    """Events under the level are not written."""
    configure_logs(level, stream)
    structlog.get_logger().info("request")

    assert bool(stream.getvalue()) is logged


def test_unknown_level() -> None:
    """A level nobody knows is refused, with those there are."""
    with pytest.raises(ValueError, match="INFO"):
        configure_logs("LOUD")


class FullDisk(io.StringIO):
    """A file on a disk without room."""

    def write(self, text: str) -> int:
        """Fail as the system does."""
        raise OSError(errno.ENOSPC, text)


@pytest.mark.usefixtures("stream")
def test_a_disk_that_is_full_ends_no_answer() -> None:
    """A line that cannot be written is dropped, and whoever wrote it goes on."""
    configure_logs("INFO", FullDisk())

    structlog.get_logger().info("request", status=200)
