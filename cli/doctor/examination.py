"""Runs the checks: each bounded in time, and none that ends the others, whatever happens to it."""

import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cli.doctor.case import Case, NotAsked
from cli.doctor.findings import Finding, bad, doubtful

LONGEST_SECONDS = 20.0

Check: TypeAlias = Callable[[Case], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Topic:
    """Checks that belong together."""

    name: str
    checks: Sequence[Check]


def examine(check: Check, case: Case, seconds: float = LONGEST_SECONDS) -> Iterator[Finding]:
    """Yield what a check finds, as long as it may take, and last what became of itself."""
    found: queue.SimpleQueue[Finding | None] = queue.SimpleQueue()
    # A thread that hangs is left behind: it holds up neither the next check nor the end.
    threading.Thread(target=_tell, args=(check, case, found), daemon=True).start()
    until = time.monotonic() + seconds
    try:
        while (finding := found.get(timeout=max(0.0, until - time.monotonic()))) is not None:
            yield finding
    except queue.Empty:
        yield bad(_name(check), f"no answer within {seconds:g} s", "Look at what it asks by hand.")


def _tell(check: Check, case: Case, found: "queue.SimpleQueue[Finding | None]") -> None:
    try:
        for finding in check(case):
            found.put(finding)
    except NotAsked as error:
        found.put(doubtful(_name(check), f"not looked at: {error}", "Mend that first."))
    except Exception as error:  # noqa: BLE001  whatever ails it, the others go on
        # Where it failed, and no word of the message, which may hold what nobody may read.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        told = f"the check itself failed: {type(error).__name__} at {where}"
        found.put(bad(_name(check), told, "Look at it by hand, and report this."))
    finally:
        found.put(None)


def _name(check: Check) -> str:
    return check.__name__.replace("_", " ")
