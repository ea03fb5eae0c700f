"""The scaling layer tells settings, a verdict, and how far its model is off and may be believed."""

import pytest

from benchmarks.performance.scaling.fit import largest_error
from benchmarks.performance.scaling.layer import LAYER
from benchmarks.performance.scaling.section import verdict
from tests.unit.benchmarks.performance.capacity_run import scaling


def told() -> str:
    """Return the section in one line."""
    return " ".join(LAYER.section(scaling()).split())


@pytest.mark.parametrize(
    "words",
    [
        "2 cores; 3 spans of 1.3 s",
        "Spans of one setting differ by 2 % in the median",
        "| 2 | 1 | 8 | 147 |",  # 2000 / (12.375 ms x 1.1)
        "12 ms, 2 ms divided by the photos in its batch, and 0.5 ms each megapixel",
        "10.0 % longer for each further core",
        "It is off by 0.0 % at most.",
        "**Beyond 2 cores this is an extrapolation**",
        "| 4 | 294 | 249 | extrapolated |",
        "| 2 | 147 | 147 | fitted |",
    ],
)
def test_the_section_tells_what_was_found(words: str) -> None:
    """All of it is read from the result."""
    assert words in told()


def test_a_setting_that_stands_is_said_to() -> None:
    """Two replicas of one thread with batches of eight are not surpassed."""
    assert verdict(scaling()).stands
    assert "Nothing serves 5 % more than that, so it stands." in told()


def test_a_setting_that_is_surpassed_is_said_to_be() -> None:
    """Whoever ships one replica where two serve twice as much reads so."""
    found = scaling()
    found["shipped"]["max_replicas"] = 1
    assert not verdict(found).stands
    assert "That is over 5 % less." in LAYER.section(found)


def test_more_replicas_than_cores_are_judged_as_one_a_core() -> None:
    """A file made for more cores than these."""
    found = scaling()
    found["shipped"]["max_replicas"] = 64
    assert verdict(found).shipped.setting.processes == 2


def test_no_check_is_no_error() -> None:
    """One core leaves little to hold out."""
    assert largest_error([]) == 0.0


def test_the_picture_is_the_one_that_is_shown() -> None:
    """It is drawn, and shown."""
    assert set(LAYER.pictures(scaling())) == {"scaling"}
    assert "(docs/performance/scaling.png)" in LAYER.section(scaling())


def test_nothing_is_watched_without_a_rival() -> None:
    """Absolute figures are for no guard."""
    assert LAYER.ratios(scaling()) == {}
    assert LAYER.targets(scaling()) == ()
