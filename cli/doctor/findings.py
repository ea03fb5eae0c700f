"""What a check found, how bad that is, and what to do about it; never a secret."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["good", "doubtful", "bad"]
"""Doubtful may be meant so, or costs speed; only what is bad has to be mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `mend` is a whole instruction, empty where all is well."""

    what: str
    level: Level
    found: str
    mend: str = ""


def good(what: str, found: str) -> Finding:
    """Return that all is well."""
    return Finding(what, "good", found)


def doubtful(what: str, found: str, mend: str) -> Finding:
    """Return what somebody should know."""
    return Finding(what, "doubtful", found, mend)


def bad(what: str, found: str, mend: str) -> Finding:
    """Return what has to be mended."""
    return Finding(what, "bad", found, mend)
