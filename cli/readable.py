"""An event of the log as a person reads it."""

import json
from functools import cache
from typing import Any

from structlog.dev import ConsoleRenderer

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
    # Without colours first: those of a text would pass for ours.
    plain = str(_renderer(colors=False)(None, "", dict(told)))
    if not plain.isprintable():
        return json.dumps(event)
    return str(_renderer(colors=True)(None, "", told)) if colors else plain


@cache
def _renderer(*, colors: bool) -> ConsoleRenderer:
    return ConsoleRenderer(colors=colors, repr_native_str=True, pad_event_to=0, sort_keys=False)
