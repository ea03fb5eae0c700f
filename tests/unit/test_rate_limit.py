"""Counting: exact in every window, all or nothing, and nothing kept of who is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.messages.limits import Charge, Quota, Window
from deployments.rate_limit import MOST_REQUESTS, Counters, window
from tests.unit.clock import Clock

MINUTE = Window(5, 60)


@pytest.fixture
def counters(clock: Clock) -> Counters:
    """Give counters on that clock."""
    return Counters(clock)


def claim(*windows: Window, limit: str = "image", who: str = "ada", cost: int = 1) -> Charge:
    """Return what Ada's next photo asks."""
    return Charge(limit, who, windows or (MINUTE,), cost)


def taken(counters: Counters, asked: Charge, times: int = 1) -> int:
    """Ask that often and return how often it was granted."""
    return sum(counters.take([asked]).refused is None for _ in range(times))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("300/second", Window(300, 1)),
        ("60/minute", Window(60, 60)),
        ("1/hour", Window(1, 3600)),
        ("5/10 minutes", Window(5, 600)),
        ("100000/day", Window(MOST_REQUESTS, 86400)),
    ],
)
def test_written_limits(written: str, expected: Window) -> None:
    """A limit is an amount and a time."""
    assert window(written) == expected


@pytest.mark.parametrize(
    "written",
    ["", "300", "0/second", "-1/second", "1/0 seconds", "2/2 days", "100001/day", "1/week", "1/s"],
)
def test_what_is_no_limit(written: str) -> None:
    """What nobody can count, or would need too much memory, is refused."""
    with pytest.raises(ValueError, match="300/second"):
        window(written)


@given(
    amount=st.integers(1, 6),
    pauses=st.lists(st.floats(0, 0.6), max_size=60),
    costs=st.lists(st.integers(1, 3), min_size=60, max_size=60),
)
def test_no_window_holds_more(amount: int, pauses: list[float], costs: list[int]) -> None:
    """However requests come, no second holds more than the limit, and none is refused in vain."""
    clock = Clock()
    counters = Counters(clock)
    granted: list[tuple[float, int]] = []
    for pause, cost in zip(pauses, costs, strict=False):
        clock.now += pause
        asked = min(cost, amount)
        within = sum(spent for then, spent in granted if clock.now - then < 0.998)
        surely = sum(spent for then, spent in granted if clock.now - then <= 1.002)
        if taken(counters, claim(Window(amount, 1), cost=cost)):
            granted.append((clock.now, asked))
            assert within + asked <= amount
        else:
            assert surely + asked > amount


def test_burst_across_the_edge_of_a_window(counters: Counters, clock: Clock) -> None:
    """Requests come back one by one as they were used, and not all with a new minute."""
    assert taken(counters, claim(), 3) == 3
    clock.now += 50
    assert taken(counters, claim(), 9) == 2
    clock.now += 10.1
    assert taken(counters, claim(), 9) == 3
    clock.now += 49.8
    assert taken(counters, claim(), 9) == 0
    clock.now += 0.2
    assert taken(counters, claim(), 9) == 2


def test_nobody_uses_what_is_anothers(counters: Counters) -> None:
    """Each caller and each limit is counted apart."""
    assert taken(counters, claim(), 9) == 5
    assert taken(counters, claim(who="bob"), 9) == 5
    assert taken(counters, claim(limit="other"), 9) == 5


def test_several_windows(counters: Counters, clock: Clock) -> None:
    """Of several windows each holds, and each is told under a name of its own."""
    asked = claim(Window(2, 1), MINUTE)
    assert taken(counters, asked, 9) == 2
    clock.now += 2
    outcome = counters.take([asked])
    told = [(quota.policy, quota.remaining) for quota in outcome.quotas]

    assert told == [("image-1s", 1), ("image-60s", 2)]


def test_all_or_nothing(counters: Counters) -> None:
    """A request that one limit refuses uses up nothing of another."""
    full, free = claim(limit="log_in"), claim(limit="hashing", who="*")
    taken(counters, full, 5)

    assert counters.take([free, full]).refused is not None
    assert taken(counters, free, 9) == 5


def test_how_a_window_stands(counters: Counters, clock: Clock) -> None:
    """Told are what is left, and the seconds until more is free again."""
    counters.take([claim()])
    clock.now += 20
    (quota,) = counters.take([claim()]).quotas

    assert (quota.limit, quota.policy, quota.window) == ("image", "image", MINUTE)
    assert quota.remaining == 3
    assert quota.reset == pytest.approx(40, abs=0.01)


@pytest.mark.parametrize(("cost", "wait"), [(1, 30), (3, 50), (99, 60)])
def test_wait(counters: Counters, clock: Clock, cost: int, wait: float) -> None:
    """Who is refused learns when there is room for as much; the whole window is the most."""
    for pause in (10, 10, 10, 0, 0):
        counters.take([claim()])
        clock.now += pause
    refused = counters.take([claim(cost=cost)]).refused

    assert refused is not None
    assert refused.remaining == 0
    assert refused.reset == pytest.approx(wait, abs=0.01)
    clock.now += refused.reset
    assert taken(counters, claim(cost=cost)) == 1


def test_refusal_counts_nothing(counters: Counters) -> None:
    """To ask whether there is room takes none of it."""
    assert counters.refusal([claim(cost=2)]) is None
    assert taken(counters, claim(), 9) == 5
    assert counters.refusal([claim()]) is not None


def test_closed_elsewhere(counters: Counters, clock: Clock) -> None:
    """What another place refused is refused here until the wait it told is over, and no longer."""
    refused = Quota("image", "image", MINUTE, 0, 7.0)
    counters.close([claim(), claim(limit="address")], refused, clock.now - 2)

    assert counters.take([claim()]).refused == Quota("image", "image", MINUTE, 0, 5.0)
    assert taken(counters, claim(limit="address")) == 1
    clock.now += 5
    assert taken(counters, claim()) == 1


def test_refusal_of_many_closes_nothing(counters: Counters, clock: Clock) -> None:
    """Where there was no room for three there may be room for one."""
    counters.close([claim(cost=3)], Quota("image", "image", MINUTE, 0, 7.0), clock.now)

    assert taken(counters, claim()) == 1


def test_idle_counters_go_away(counters: Counters, clock: Clock) -> None:
    """Of a thousand callers nothing is left a while after they went, and others still count."""
    for number in range(1000):
        counters.take([claim(who=str(number))])
    assert len(counters) == 1000
    clock.now += 61
    taken(counters, claim(), 600)

    assert len(counters) == 1


@pytest.mark.parametrize(
    "windows",
    [
        (Window(2, 10),),
        (Window(2, 10), Window(9, 20)),
        (Window(2, 1), Window(3, 10), Window(9, 20), Window(99, 40)),
    ],
)
def test_idle_counters_are_bounded(
    counters: Counters, clock: Clock, windows: tuple[Window, ...]
) -> None:
    """However many windows: twice what ten invented names a second keep busy is the most."""
    busy = sum(10 * window.seconds for window in windows)
    most = 0
    for number in range(2000):
        asked = claim(*windows, who=str(number))
        counters.take([asked, claim(Window(600, 1), limit="address")])
        most = max(most, len(counters))
        clock.now += 0.1

    assert busy <= most <= 2 * busy + 10


def test_refused_requests_leave_no_counter(counters: Counters, clock: Clock) -> None:
    """Whoever invents names past a limit that all share fills no memory with them."""
    everybody = claim(limit="hashing", who="*")
    taken(counters, everybody, 5)
    elsewhere = Quota("hashing", "hashing", MINUTE, 0, 7.0)
    refused = [counters.take([claim(who=str(number)), everybody]).refused for number in range(9)]
    counters.close([claim(), everybody], elsewhere, clock.now)

    assert None not in refused
    assert counters.refusal([claim()]) is None
    assert len(counters) == 1


def test_closed_counters_stay(counters: Counters, clock: Clock) -> None:
    """A refusal from elsewhere is not forgotten because nobody was counted here."""
    counters.close([claim()], Quota("image", "image", MINUTE, 0, 30.0), clock.now)
    taken(counters, claim(who="bob"), 5)

    assert taken(counters, claim()) == 0
