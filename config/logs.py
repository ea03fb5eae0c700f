"""The shape of the service's own log: one event a line of JSON, whoever reads it.

For people `facegraph up` shows it in another form (cli/readable.py); what others log in the same
processes follows in config/standard_logs.py.
"""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict

from config.places import lines_of, types_of


def configure_logs(level: str, stream: TextIO = sys.stderr) -> None:
    """Send every structlog event at or over `level` to `stream`."""
    unfailing = cast("TextIO", _Unfailing(stream))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _tell_where,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        # Not print: Ray Serve puts a print of its own in a replica, which would log a tuple.
        logger_factory=lambda *names: _Named(unfailing, *names),
        cache_logger_on_first_use=True,
    )


class _Named(structlog.WriteLogger):
    """Writes lines, and has the name that it was asked for by."""

    def __init__(self, stream: TextIO, name: str = "facegraph") -> None:
        super().__init__(stream)
        self.name = name


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
    """Put the types of an exception and the lines it passed in the place of its traceback."""
    if event.pop("exc_info", None) and (error := sys.exception()):
        event["error"] = types_of(error)
        event["where"] = lines_of(error)
    return event


def _number(level: str) -> int:
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        known = ", ".join(logging.getLevelNamesMapping())
        raise ValueError(f"log level {level!r} is unknown; known are {known}")
    return number
