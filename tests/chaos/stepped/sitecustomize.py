"""A clock that steps, in every Python process that has this folder on its PYTHONPATH.

Python imports a module of this name by itself, before anything else. How far the clock is off, in
seconds, stands in the file that STEPPED_CLOCK names, and is read anew each time somebody asks what
time it is. The monotonic clock is left alone, as it is when a system's clock is set.
"""

import ctypes
import gc
import os
import time
from datetime import datetime, tzinfo
from pathlib import Path

OFFSET = Path(os.environ["STEPPED_CLOCK"])
_true_time, _true_time_ns = time.time, time.time_ns


def _offset() -> int:
    try:
        return int(OFFSET.read_text() or 0)
    except (OSError, ValueError):
        return 0  # Not written yet, or no longer there.


def _time() -> float:
    return _true_time() + _offset()


def _time_ns() -> int:
    return _true_time_ns() + _offset() * 10**9


def _now(cls: type[datetime], tz: tzinfo | None = None) -> datetime:
    return cls.fromtimestamp(_time(), tz)


def _put_into(kind: type, name: str, method: object) -> None:
    """Replace a method of a class written in C, which takes no assignment.

    A subclass in its place would be another class to whoever pickles or compares types.
    """
    (members,) = gc.get_referents(kind.__dict__)
    members[name] = method
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


time.time, time.time_ns = _time, _time_ns
_put_into(datetime, "now", classmethod(_now))
