"""The section says what was found and shows what was drawn."""

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.performance.end_to_end.contenders import DEFAULTS, OURS
from benchmarks.performance.end_to_end.pictures import pictures, unfolded
from benchmarks.performance.end_to_end.section import section
from tests.unit.benchmarks.performance.end_to_end_found import STAGES, found, quick

Run = Callable[[], dict[str, Any]]


@pytest.mark.parametrize("run", [found, quick])
def test_every_picture_is_drawn_and_shown(run: Run) -> None:
    """Under one name, whatever was left out."""
    told = section(run())
    assert [name for name in pictures(run()) if f"docs/performance/{name}.png" not in told] == []
    assert told.count("](docs/performance/") == len(pictures(run()))


@pytest.mark.parametrize(
    "figure",
    ["9.5%", "| 123 | 77 | 50 x 200 |", "1 of 50", "all that is not inference are 7;"],
    ids=["noise", "omission", "misses", "overhead"],
)
def test_the_section_holds_the_figure(figure: str) -> None:
    """Each is computed from the result."""
    assert figure in " ".join(section(found()).split())


def test_the_same_input_of_the_detector_is_told_apart() -> None:
    """Ours as shipped sees less than stock where one face is wanted, so both are said."""
    assert "is 60 a second, 2.40 times that of" in " ".join(section(found()).split())
    assert "With the same input" not in section(quick())


@pytest.mark.parametrize(
    "words",
    [
        "nobody: Facegraph 2.0%; Facegraph, index alone 10.0%; first generation, 4 workers 2.0%;",
        "the throughput there is 120 a second instead of 105,",
        "PostgreSQL takes 1.5 ms of CPU a request instead of 3.",
    ],
)
def test_what_it_costs_to_look_at_everybody_is_told(words: str) -> None:
    """Misses, throughput and PostgreSQL's share, beside those of rivals that trust the index."""
    assert words in " ".join(section(found()).split())
    assert "looked for among everybody" not in section(quick())


def test_what_was_left_out_is_said() -> None:
    """A quick run names it, and tells of nobody whom it did not measure."""
    told = section(quick())
    assert "Left out, for this was a quick run: most numbers of clients." in told
    assert DEFAULTS not in told
    assert OURS in told


def test_stages_add_up_to_what_the_client_saw() -> None:
    """What no stage names is between them, and what the service did not see is outside."""
    stages = unfolded(STAGES | {"total": 18.5, "outside": 1.5})
    assert stages["between"] == pytest.approx(2.0)
    assert sum(stages.values()) == pytest.approx(20.0)
