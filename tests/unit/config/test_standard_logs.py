"""The loggers of the standard library, in the form of the service's own log."""

import io
import json
import logging
import logging.handlers
from collections.abc import Iterator
from typing import Any

import pytest
from ray.exceptions import RayTaskError
from ray.serve import context as rays_context

from config.standard_logs import adopt
from deployments import tracing
from deployments.errors import FacegraphError, Unavailable

NAMES = (None, "ray", "ray.serve")
TRACEBACK = """Traceback (most recent call last):
  File "/home/somebody/service/deployments/matcher.py", line 42, in __init__
    connect(password='hunter2')
    ^^^^^^^
deployments.errors.Unavailable: hunter2 was refused
  and hunter2
hunter2: again
"""
TOLD = f"The replica did not start, for the third time\n{TRACEBACK}"
FROM_A_REPLICA = f"""Traceback (most recent call last):
  File "/home/somebody/site-packages/ray/serve/_private/replica.py", line 1928, in initialize
    raise RuntimeError(traceback.format_exc()) from None
RuntimeError: {TRACEBACK}
During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/home/somebody/service/deployments/embedder.py", line 7, in __init__
deployments.vision.canary.CanaryFailed
"""


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the loggers as they were; who measures models (benchmarks) has silenced them all."""
    logging.disable(logging.NOTSET)
    loggers = [logging.getLogger(name) for name in NAMES]
    before = [(each.handlers[:], each.filters[:], each.propagate) for each in loggers]
    yield
    for logger, (handlers, filters, propagate) in zip(loggers, before, strict=True):
        logger.handlers[:], logger.filters[:], logger.propagate = handlers, filters, propagate


@pytest.fixture
def stream() -> io.StringIO:
    """Give what the loggers of the process are led to, but for what callers were told."""
    stream = io.StringIO()
    adopt(FacegraphError, stream=stream)
    return stream


def line_of(stream: io.StringIO) -> dict[str, Any]:
    """Return the one line that was written."""
    (line,) = stream.getvalue().splitlines()
    event: dict[str, Any] = json.loads(line)
    return event


@pytest.mark.parametrize("name", ["ray.serve", "ray._private.worker", "asyncio", "asyncpg.pool"])
def test_whoever_logs_has_one_form(stream: io.StringIO, name: str) -> None:
    """Ray, Ray Serve and libraries write an event, a level, a logger and a time in UTC."""
    logging.getLogger(name).warning("the %s\x1b[2J is late", "replica")
    line = line_of(stream)

    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "the replica\x1b[2J is late", "level": "warning", "logger": name}
    assert stream.getvalue().removesuffix("\n").isprintable()


def test_handlers_that_ray_serve_makes_later_are_told_nothing(stream: io.StringIO) -> None:
    """Ray Serve gives its logger handlers anew at every change, and all lines come here still."""
    theirs = io.StringIO()
    logger = logging.getLogger("ray.serve")
    logger.propagate = False
    logger.handlers[:] = [logging.StreamHandler(theirs)]
    logger.warning("a replica is late")

    assert line_of(stream)["event"] == "a replica is late"
    assert theirs.getvalue() == ""


def test_an_exception_is_told_by_its_places(stream: io.StringIO) -> None:
    """Beside a message stand the types and the lines passed, and nothing of what was raised."""
    try:
        int("hunter2")
    except ValueError as error:
        error.__cause__ = KeyError("hunter2")
        logging.getLogger("ray.serve").exception("The request failed.")
    line = line_of(stream)

    assert (line["event"], line["error"]) == ("The request failed.", ["ValueError", "KeyError"])
    assert line["where"][0].startswith(f"{__name__}:")
    assert "hunter2" not in stream.getvalue()


def test_what_went_wrong_in_another_process(stream: io.StringIO) -> None:
    """A replica that does not start is told by its own types and places, as Ray brings them."""
    cause = RuntimeError(TRACEBACK)
    brought = RayTaskError("initialize", FROM_A_REPLICA, cause, "ray::x", 1, "127.0.0.1")
    error = brought.as_instanceof_cause()
    logging.getLogger("ray.serve").error("Exception in Replica", exc_info=error)
    line = line_of(stream)

    assert line["event"] == "Exception in Replica"
    assert line["error"] == [type(error).__name__, "RuntimeError", "Unavailable", "CanaryFailed"]
    assert line["where"] == ["replica:1928", "matcher:42", "embedder:7"]
    assert "hunter2" not in stream.getvalue()
    assert "somebody" not in stream.getvalue()


def test_a_traceback_in_a_message_is_told_by_its_places(stream: io.StringIO) -> None:
    """Of a message of many lines the first is kept, and of a traceback in it where it led."""
    logging.getLogger("ray.serve").error(TOLD)
    line = line_of(stream)

    assert line["event"] == "The replica did not start, for the third time"
    assert (line["error"], line["where"]) == (["Unavailable"], ["matcher:42"])
    assert "hunter2" not in stream.getvalue()
    assert "somebody" not in stream.getvalue()


@pytest.fixture
def for_ray() -> Iterator[None]:
    """Let this be a request that Ray Serve serves."""
    context = rays_context._RequestContext(request_id="a-request")
    token = rays_context._serve_request_context.set(context)
    yield
    rays_context._serve_request_context.reset(token)


@pytest.mark.usefixtures("for_ray")
def test_whose_request_it_is(stream: io.StringIO) -> None:
    """A line carries the id that the service works under, or else that of Ray Serve's request."""
    logging.getLogger("ray.serve").error("Request failed.")
    with tracing.request("another", None, "GET"):
        logging.getLogger("asyncio").error("late")

    ids = [json.loads(line)["request_id"] for line in stream.getvalue().splitlines()]
    assert ids == ["a-request", "another"]


def test_an_answer_is_no_line(stream: io.StringIO) -> None:
    """What Ray Serve or a pool logs of an error that a caller was told is left out."""
    away = Unavailable("The database is away.")
    logging.getLogger("ray.serve").error("The request failed.", exc_info=away)
    logging.getLogger("asyncpg.pool").error("A connection failed.", exc_info=away)
    logging.getLogger("ray.serve").warning("GET / 200", extra={"serve_access_log": True})

    assert stream.getvalue() == ""


def test_a_line_that_cannot_be_written_is_dropped() -> None:
    """Neither a full disk nor a message that does not fit its arguments ends what is under way."""
    stream = io.StringIO()
    adopt(stream=stream)
    logging.getLogger("ray.serve").warning("%d", "no number")
    stream.close()
    logging.getLogger("ray.serve").warning("late")
