"""One process's copy of the policies, and what it measures."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from deployments import copies, instruments
from deployments.errors import TargetNotSupported, Unavailable, ValidationFailed
from deployments.evidence import Evidence
from deployments.messages.matcher import Wanted
from deployments.policies import fullness
from deployments.policies.book import PolicyBook
from deployments.policies.policy import CALLERS_OWN, Policy, PolicyChanges
from deployments.policies.rulings import Case
from tests.unit.clock import Clock
from tests.unit.policies.synthetic import EVIDENCE, MODEL, policy

GATE = policy("gate", "identify", target_fpir=0.0198)
BY_GATE = Wanted(policy="gate")


@dataclass
class Shelf:
    """What the database would say."""

    held: dict[str, Policy] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    error: Exception | None = None

    async def changes(self, since: int) -> PolicyChanges:
        """Return everything, however old."""
        self.asked.append(since)
        if self.error is not None:
            raise self.error
        return PolicyChanges(len(self.asked), tuple(self.held.values()))


@pytest.fixture
def shelf() -> Shelf:
    """Return a shelf with one policy."""
    return Shelf({"gate": GATE})


@pytest.fixture
def book(shelf: Shelf, clock: Clock) -> Iterator[PolicyBook]:
    """Yield a copy of the shelf that was never read; its policy is in no metric afterwards."""
    made = PolicyBook(shelf, clock)
    yield made
    made.close()
    assert share() is None


def gate(faces: int) -> Case:
    """Return a search in a gallery of so many faces."""
    return Case("identify", MODEL, faces)


def share(name: str = "gate") -> float | None:
    """Return what the metrics tell of the fullest gallery of the policy."""
    return instruments.REGISTRY.get_sample_value("facegraph_policy_gallery_share", {"policy": name})


@pytest.mark.parametrize(
    ("wanted", "collection", "asked"),
    [
        (Wanted(0.4), True, 0),
        (Wanted(policy="provisional"), True, 0),
        (Wanted(coarse=True), False, 0),
        (Wanted(), True, 1),
        (BY_GATE, False, 1),
        (Wanted(target_fmr=1e-2), False, 1),
    ],
)
async def test_who_needs_the_copy(
    book: PolicyBook, shelf: Shelf, wanted: Wanted, collection: bool, asked: int
) -> None:
    """Neither a threshold of the caller's nor what is built in asks the database anything."""
    await book.bring_up_to_date(wanted, collection=collection)

    assert len(shelf.asked) == asked


async def test_many_requests_ask_once(book: PolicyBook, shelf: Shelf) -> None:
    """While the copy is fresh nobody asks."""
    for _ in range(100):
        await book.bring_up_to_date(BY_GATE)

    assert len(shelf.asked) == 1


async def test_what_is_stored_is_in_force_soon(
    book: PolicyBook, shelf: Shelf, clock: Clock
) -> None:
    """After the bound that holds for access too, the new policy decides."""
    await book.bring_up_to_date(BY_GATE)
    shelf.held["gate"] = policy("gate", "identify", threshold=0.9)
    before = book.rule(BY_GATE, gate(2)).threshold
    clock.now += copies.LATE_SECONDS + 0.1
    await book.bring_up_to_date(BY_GATE)

    assert (before, book.rule(BY_GATE, gate(2)).threshold) == (0.35, 0.9)


async def test_what_was_deleted_by_hand_is_dropped(
    book: PolicyBook, shelf: Shelf, clock: Clock
) -> None:
    """Now and then everything is read anew."""
    await book.bring_up_to_date(BY_GATE)
    del shelf.held["gate"]
    clock.now += copies.WHOLE_SECONDS + 1
    await book.bring_up_to_date(BY_GATE)

    with pytest.raises(ValidationFailed):
        book.rule(BY_GATE, gate(2))


async def test_a_copy_that_was_never_read(book: PolicyBook, shelf: Shelf) -> None:
    """What only the database knows is not guessed at."""
    shelf.error = OSError("refused")
    with pytest.raises(Unavailable):
        await book.bring_up_to_date(BY_GATE)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(target_fmr=1e-3), EVIDENCE),
        (Wanted(target_fmr=9e-4), None),
        (Wanted(target_fpir=2e-3), EVIDENCE),
        (Wanted(target_fpir=9e-4), None),
    ],
)
async def test_the_best_evidence(book: PolicyBook, wanted: Wanted, found: Evidence | None) -> None:
    """A policy may be stored on what is there already."""
    assert await book.evidence(MODEL, wanted) == found


async def test_refusals_are_counted(book: PolicyBook) -> None:
    """By the policy whose data ended, or as the caller's own number."""
    await book.bring_up_to_date(BY_GATE)
    before = refusals("gate"), refusals("caller")
    for wanted in BY_GATE, Wanted(target_fmr=1e-9):
        with pytest.raises(TargetNotSupported):
            book.rule(wanted, gate(21))

    assert (refusals("gate"), refusals("caller")) == (before[0] + 1, before[1] + 1)


def refusals(label: str) -> float:
    """Return how many were counted."""
    return instruments.policy_refusals.labels(label)._value.get()  # type: ignore[no-any-return]


async def test_how_full_the_fullest_gallery_is(book: PolicyBook) -> None:
    """The largest that was searched of late counts, also where it was refused."""
    await book.bring_up_to_date(BY_GATE)
    book.rule(BY_GATE, gate(16))
    book.rule(BY_GATE, gate(2))
    book.look()
    near = share()
    with pytest.raises(TargetNotSupported):
        book.rule(BY_GATE, gate(30))
    book.look()

    assert (near, share()) == (0.8, 1.5)


async def test_an_fpir_of_the_callers_fills_galleries_too(book: PolicyBook) -> None:
    """It is nobody's policy and told under that name, also beyond what the data carry."""
    wanted = Wanted(target_fpir=0.0198)
    await book.bring_up_to_date(wanted)
    book.rule(wanted, gate(16))
    book.look()
    near = share(CALLERS_OWN)
    with pytest.raises(TargetNotSupported):
        book.rule(wanted, gate(30))
    book.look()

    assert (near, share(CALLERS_OWN), share()) == (0.8, 1.5, None)


async def test_what_was_is_forgotten(book: PolicyBook, clock: Clock) -> None:
    """A gallery that shrank, or is not searched any more, ends the alarm within two windows."""
    await book.bring_up_to_date(BY_GATE)
    book.look()
    book.rule(BY_GATE, gate(16))
    book.look()
    told = [share()]
    for _ in range(3):
        clock.now += fullness.WINDOW_SECONDS + 1
        book.look()
        told.append(share())

    assert told == [0.8, 0.8, None, None]


def test_a_share_has_an_end(clock: Clock) -> None:
    """Where the data carry no gallery at all, the metric is a number all the same."""
    made = fullness.Fullness(clock)
    made.saw("gate", float("inf"))
    made.saw(None, 1.0)
    made.saw("gate", None)
    made.look()

    assert share() == fullness.MOST_TOLD
    instruments.policy_gallery_share.remove("gate")
