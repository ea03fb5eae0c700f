"""Events of the log as people read them."""

import json

import pytest

from cli.readable import readable

REQUEST = {
    "request_id": "an-id-of-one",
    "trace_id": None,
    "method": "POST",
    "route": "/v1/faces/detect",
    "status": 200,
    "stages": {"decode": 2.0},
    "decisions": {},
    "faces": 0,
    "event": "request",
    "level": "info",
    "logger": "facegraph.web",
    "timestamp": "2026-01-02T03:04:05.678901Z",
}


def test_a_request_begins_with_what_was_asked() -> None:
    """First its time, what was asked and the answer; then what has a value, none included."""
    assert readable(REQUEST, colors=False) == (
        "2026-01-02T03:04:05.678901Z [info     ] POST /v1/faces/detect 200 [facegraph.web] "
        "request_id='an-id-of-one' stages={'decode': 2.0} faces=0"
    )


def test_a_refusal_says_so() -> None:
    """What was refused is told from what was answered by the application."""
    assert "refused POST /v1/faces/detect 200" in readable(
        REQUEST | {"event": "refused"}, colors=False
    )


def test_other_events_stay_as_they_are() -> None:
    """What is no request is told by its name."""
    event = {"event": "limiter away", "level": "warning", "seconds": 1.5}

    assert readable(event, colors=False) == "[warning  ] limiter away seconds=1.5"


@pytest.mark.parametrize("colors", [True, False])
def test_colours_are_ours_alone(colors: bool) -> None:
    """What would hide or paint a line of a terminal stays escaped, as JSON."""
    event = {"event": "late\x1b[8m", "level": "warning"}

    assert readable(event, colors=colors) == json.dumps(event)


def test_a_terminal_has_colours() -> None:
    """An event that is harmless is painted."""
    assert "\x1b[" in readable({"event": "late", "level": "warning"}, colors=True)
