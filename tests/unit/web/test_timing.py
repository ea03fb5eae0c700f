"""Stages of a request."""

import pytest

from deployments.web.timing import STAGES, Stages


def test_stages_add_up_in_their_order() -> None:
    """Stages that ran twice add up; the header has them in the order of the work, total last."""
    stages = Stages()
    stages.add({"search": 0.004, "decode": 0.001})
    stages.add({"decode": 0.002, "unheard_of": 1.0})
    told = stages.milliseconds()

    assert list(told) == ["decode", "search", "total"]
    assert told["decode"] == 3.0
    assert stages.header().startswith("decode;dur=3.0, search;dur=4.0, total;dur=")


def test_measured_even_when_it_fails() -> None:
    """A stage that raised took its time all the same."""
    stages = Stages()
    with pytest.raises(KeyError), stages.measure("write"):
        raise KeyError

    assert stages.milliseconds()["write"] >= 0
    assert "write" in STAGES
