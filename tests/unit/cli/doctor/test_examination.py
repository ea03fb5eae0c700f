"""Checks are run so that none of them ends, or holds up, the others."""

import time
from collections.abc import Iterator

from cli.doctor.case import Case
from cli.doctor.examination import examine
from cli.doctor.findings import Finding, good
from tests.unit.cli.doctor.cases import MakeCase, only

SECRET = "postgresql://user:secret@host"


def half_a_check(_: Case) -> Iterator[Finding]:
    """Find something, then fail with a message that nobody may read."""
    yield good("something", "as it should be")
    raise RuntimeError(SECRET)


def endless_check(_: Case) -> Iterator[Finding]:
    """Take longer than it may."""
    time.sleep(1)
    yield good("too late", "")


def slow_check(_: Case) -> Iterator[Finding]:
    """Find something again and again, for longer than it may take."""
    for number in range(20):
        time.sleep(0.01)
        yield good("something", str(number))


def needy_check(case: Case) -> Iterator[Finding]:
    """Need what another check found to be missing."""
    _ = case.settings
    yield good("unheard of", "")


def test_a_check_that_crashes_is_told_as_such(case: Case) -> None:
    """What it found before stands; its message does not, for it may hold a secret."""
    found, crash = examine(half_a_check, case)

    assert found == good("something", "as it should be")
    assert (crash.what, crash.level) == ("half a check", "bad")
    assert crash.found.startswith("the check itself failed: RuntimeError at test_examination.py:")
    assert SECRET not in repr(crash)


def test_a_check_that_hangs_is_left_behind(case: Case) -> None:
    """And told as such, after the time that it has."""
    began = time.monotonic()
    finding = only(examine(endless_check, case, seconds=0.05))

    assert (finding.level, finding.found) == ("bad", "no answer within 0.05 s")
    assert time.monotonic() - began < 0.9


def test_the_time_of_a_check_is_that_of_all_it_finds(case: Case) -> None:
    """Each finding does not begin it anew."""
    *_, last = examine(slow_check, case, seconds=0.05)

    assert (last.level, last.found) == ("bad", "no answer within 0.05 s")


def test_a_check_that_cannot_be_made_says_why(make: MakeCase) -> None:
    """It is no fault of its own, and told where it stands."""
    finding = only(examine(needy_check, make(FACEGRAPH_PORT="none")))

    assert (finding.what, finding.level) == ("needy check", "doubtful")
    assert finding.found == "not looked at: the settings are refused"
