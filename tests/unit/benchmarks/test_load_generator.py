"""A run in which the generator was the weak part shows nothing of the service."""

import pytest

from benchmarks.load.generator import spoilt

SOUND = """[2026-01-02] vm/INFO/locust.runners: All users spawned
[2026-01-02] vm/WARNING/locust.runners: Your selected spawn rate is very high (>100)
"""


def test_a_sound_run_passes() -> None:
    """Not every warning says that figures are spoilt."""
    assert spoilt(SOUND) == []


@pytest.mark.parametrize(
    "said",
    [
        "vm/WARNING/root: CPU usage above 90%! This may constrain your throughput",
        "vm/WARNING/locust.runners: CPU usage was too high at some point during the test!",
        "vm/INFO/locust.runners: Not all users finished their tasks & terminated in 10 seconds.",
        "Traceback (most recent call last):",
    ],
)
def test_a_generator_that_fell_short_says_so(said: str) -> None:
    """Its core was not enough, or requests are in no statistic."""
    assert spoilt(f"{SOUND}{said}\n{SOUND}") == [said]
