"""The shape of the logs: one event a line, in JSON for machines or in colour for people.

Only structlog is configured. The loggers of the standard library belong to whoever runs the
process: Ray Serve writes its own files and knows nothing of ours.
"""

import logging
import sys
from typing import TextIO

import structlog


def configure_logs(log_format: str, level: str, stream: TextIO = sys.stderr) -> None:
    """Send every structlog event at or over `level` to `stream` as "json" or "console".

    A traceback is one string in the event. It never carries local variables, which may hold
    pictures, vectors and passwords.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_renderers(log_format),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )


def _renderers(log_format: str) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(exception_formatter=plain)]


def _number(level: str) -> int:
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        known = ", ".join(logging.getLevelNamesMapping())
        raise ValueError(f"log level {level!r} is unknown; known are {known}")
    return number
