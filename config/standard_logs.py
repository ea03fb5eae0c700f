"""The loggers of the standard library, Ray's above all, in the form of the service's own log.

Ray calls `adopt` in each of its workers before anything of Ray Serve is in it, as
`config/serve_environment.py` asks; so nothing is imported here that a worker would not have anyway,
and what it may have later is looked up.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from config.places import lines_in, lines_of, types_in, types_of


def adopt(*expected: type[Exception], stream: TextIO | None = None) -> None:
    """Have whatever this process logs written as one line of JSON an event, to standard error.

    What is `expected` is an answer to a caller, not worth a line. Ray Serve makes handlers of its
    own whenever it likes, and keeps a logger's filters: its lines are led past those handlers.
    """
    # Not sys.stderr: Ray Serve puts a logger there in a replica, and would be told its own lines.
    told = _Handler(stream or sys.__stderr__)
    told.setFormatter(_OneLine())
    told.addFilter(_Worthwhile(expected))
    logging.getLogger().handlers[:] = [told]
    ray = logging.getLogger("ray")
    ray.handlers[:], ray.propagate = [], True
    logging.getLogger("ray.serve").filters[:] = [_Instead(told)]


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to a stream, and drops what it cannot write or read."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """Drop the line: a full disk must not end what is under way."""


class _Worthwhile(logging.Filter):
    """Lets through what no caller was told, and no line of Ray's that repeats one of ours."""

    def __init__(self, expected: tuple[type[Exception], ...]) -> None:
        super().__init__()
        self._expected = expected

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is worth a line."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, self._expected) and not vars(record).get("serve_access_log")


class _Instead(logging.Filter):
    """Hands every record of a logger to one handler, and none to the logger's own."""

    def __init__(self, told: logging.Handler) -> None:
        super().__init__()
        self._told = told

    def filter(self, record: logging.LogRecord) -> bool:
        """Write the record, and end its way."""
        self._told.handle(record)
        return False


class _OneLine(logging.Formatter):
    """The keys that structlog gives the service's own events."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        written = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")
        event: dict[str, Any] = {
            **_what_happened(record),
            "request_id": _request_id(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": written.replace("+00:00", "Z"),
        }
        return json.dumps({name: value for name, value in event.items() if value})


def _request_id() -> str | None:
    """Return for which request this is logged, as the service says it, or else Ray Serve."""
    ours, rays = sys.modules.get("structlog.contextvars"), sys.modules.get("ray.serve.context")
    if ours and (found := ours.get_contextvars().get("request_id")):
        return str(found)
    # Ray Serve logs what ended a call when the service is done with it.
    return str(rays._get_serve_request_context().request_id) if rays else None  # noqa: SLF001


def _what_happened(record: logging.LogRecord) -> dict[str, Any]:
    """Return the first line of a message; of a traceback, there or beside it, types and places."""
    message, _, rest = record.getMessage().partition("\n")
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return {"event": message, "error": types_in(rest), "where": lines_in(rest)}
    return {"event": message, "error": types_of(error), "where": lines_of(error)}
