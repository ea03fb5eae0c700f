"""The end of a service under load: no new connection, and an answer to whatever came before."""

import csv
import socket
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

LOOK_SECONDS = 0.05
ANSWER_SECONDS = 5.0
CALM_LOOKS = 3  # Nothing under way in so many: a HAProxy that has just taken over has seen nothing.
GONE_SECONDS = (
    1.0  # Its socket is away for a moment while it is reloaded, and for good once it died.
)
# Disabled, it refuses connections at once, but keeps those it has; shut down, it closes them after
# an answer, but lets its socket be for a process that might take it over.
CLOSE = "disable frontend http_frontend; shutdown frontend http_frontend"


def drain(haproxy: Path, patience_seconds: float) -> None:
    """Close the service's listener, and return when no request is under way any more.

    `haproxy` is the socket that takes its commands; without one nothing is waited for. While others
    are answered, a connection that is kept open gets one more answer, which closes it.
    """
    calm, seen = 0, monotonic()
    until = seen + patience_seconds
    while calm < CALM_LOOKS and monotonic() < min(until, seen + GONE_SECONDS):
        with suppress(OSError):
            # Each time: one that has just taken over listens again.
            _told(haproxy, CLOSE)
            calm = 0 if _under_way(haproxy) else calm + 1
            seen = monotonic()
        sleep(LOOK_SECONDS)


def _under_way(haproxy: Path) -> int:
    """Count the requests that a replica has begun to get and has not answered."""
    table = _told(haproxy, "show stat").removeprefix("# ").splitlines()
    return sum(int(row["scur"]) for row in csv.DictReader(table) if row["svname"] == "BACKEND")


def _told(haproxy: Path, command: str) -> str:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(ANSWER_SECONDS)
        line.connect(str(haproxy))
        line.sendall(f"{command}\n".encode())
        with line.makefile() as answer:
            return answer.read()
