"""An event of the log as a person reads it."""

import json
import re
from functools import cache
from typing import Any

from structlog.dev import ConsoleRenderer

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_NOTHING: tuple[Any, ...] = (None, {}, [])


def readable(event: dict[str, Any], *, colors: bool) -> str:
    """Return an event in one line; of a request first what was asked and answered.

    What has no value is left out. A terminal would obey what a text may hold: every text stands in
    quotes and escaped, and an event that is hostile in another place stays JSON.
    """
    told = {name: value for name, value in event.items() if value not in _NOTHING}
    if {"method", "route", "status"} <= told.keys():
        asked = f"{told.pop('method')} {told.pop('route')} {told.pop('status')}"
        told["event"] = asked if told["event"] == "request" else f"{told['event']} {asked}"
    line = str(_renderer(colors=colors)(None, "", told))
    return line if _COLOURS.sub("", line).isprintable() else json.dumps(event)


@cache
def _renderer(*, colors: bool) -> ConsoleRenderer:
    return ConsoleRenderer(colors=colors, repr_native_str=True, pad_event_to=0, sort_keys=False)
