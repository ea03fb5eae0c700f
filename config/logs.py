"""The shape of the logs: one event a line, in JSON for machines or in colour for people.

Only structlog is configured. The loggers of the standard library belong to whoever runs the
process: Ray Serve writes its own files and knows nothing of ours.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor


def configure_logs(log_format: str, level: str, stream: TextIO = sys.stderr) -> None:
    """Send every structlog event at or over `level` to `stream` as "json" or "console"."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _tell_where,
            _renderer(log_format),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        # Not print: Ray Serve puts a print of its own in a replica, which would log a tuple.
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Unfailing(stream))),
        cache_logger_on_first_use=True,
    )


class _Unfailing:
    """A stream that drops a line it cannot write: a full disk must not end every answer."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a line, if that can be done."""
        with suppress(OSError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        """Let it be seen, if that can be done."""
        with suppress(OSError):
            self._stream.flush()


def _tell_where(_: object, __: str, event: EventDict) -> EventDict:
    """Put the types of an exception and the lines it passed in the place of its traceback.

    A message or a variable may hold what a person sent, and a path tells of the machine: neither
    is written. Module and line are enough to find the place.
    """
    if event.pop("exc_info", None) and (error := sys.exception()):
        event["error"] = _types(error)
        event["where"] = _lines(error)
    return event


def make_discreet(logger: str, expected: type[Exception]) -> None:
    """Hold a logger of the standard library to the same: places instead of tracebacks.

    What is `expected` is an answer to a caller, not worth a line.
    """

    def discreet(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.msg = f"{record.getMessage()} {_types(error)} at {_lines(error)}"
            record.args, record.exc_info, record.exc_text = (), None, None
        return not isinstance(error, expected)

    logging.getLogger(logger).addFilter(discreet)


def _types(error: BaseException) -> list[str]:
    return [type(each).__name__ for each in _causes(error)]


def _lines(error: BaseException) -> list[str]:
    return [
        f"{frame.f_globals['__name__']}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _renderer(log_format: str) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer()
    # Every text in quotes and escaped: a terminal would obey what one of them may hold.
    return structlog.dev.ConsoleRenderer(repr_native_str=True)


def _number(level: str) -> int:
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        known = ", ".join(logging.getLevelNamesMapping())
        raise ValueError(f"log level {level!r} is unknown; known are {known}")
    return number
