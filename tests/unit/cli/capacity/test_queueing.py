"""How long photos wait follows from how busy the embedders are."""

import pytest

from cli.capacity.queueing import mean_wait


@pytest.mark.parametrize(("per_second", "expected"), [(0.0, 0.0), (50.0, 5.0), (90.0, 45.0)])
def test_one_server_is_pollaczek_and_khinchine(per_second: float, expected: float) -> None:
    """Work of 10 ms each: busy / (1 - busy) / 2 times as long."""
    assert mean_wait(10.0, servers=1, per_second=per_second) == pytest.approx(expected)


def test_many_servers_as_busy_let_nobody_wait_as_long() -> None:
    """Where seven of ten work, another is free more often than where one works for 70 %."""
    one = mean_wait(10.0, servers=1, per_second=70)
    ten = mean_wait(10.0, servers=10, per_second=700)
    assert 0 < ten < one / 5


@pytest.mark.parametrize("per_second", [100.0, 1000.0])
def test_who_cannot_keep_up_has_no_mean(per_second: float) -> None:
    """A queue that only grows has no length to tell."""
    with pytest.raises(ValueError, match="without end"):
        mean_wait(10.0, servers=1, per_second=per_second)
