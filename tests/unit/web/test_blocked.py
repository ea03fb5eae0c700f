"""What a replica remembers of blocked identities."""

from contextlib import suppress
from uuid import UUID

import pytest

from deployments.errors import AttemptsExceeded, NoFace
from deployments.web import blocked
from deployments.web.blocked import BELIEVED_SECONDS, BlockedIdentities
from tests.unit.clock import Clock

ADA, BOB, CY = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture
def identities(clock: Clock) -> BlockedIdentities:
    """Return a memory in which Ada is blocked for 30 s."""
    memory = BlockedIdentities(clock)
    told(memory, ADA, 30.0)
    return memory


def told(memory: BlockedIdentities, who: UUID, seconds: float) -> None:
    """Let an attempt hear that the identity is blocked."""
    with pytest.raises(AttemptsExceeded), memory.attempt("default", who):
        raise AttemptsExceeded("Too many.", seconds)


def refused(memory: BlockedIdentities, who: UUID = ADA, collection: str = "default") -> bool:
    """Tell whether an attempt is refused at the door; one that is not ends for another reason."""
    inside = False
    with suppress(AttemptsExceeded, NoFace), memory.attempt(collection, who):
        inside = True
        raise NoFace("The image shows no face.")
    return not inside


def test_a_blocked_identity_is_refused_for_what_is_left(
    identities: BlockedIdentities, clock: Clock
) -> None:
    """The wait told is the one that is left of what the matcher said."""
    clock.now += 1.5
    with pytest.raises(AttemptsExceeded) as error, identities.attempt("default", ADA):
        pass
    assert (error.value.detail, error.value.retry_after) == ("Too many.", 28.5)


@pytest.mark.parametrize(("collection", "who"), [("default", BOB), ("other", ADA)])
def test_nobody_else_is_refused(identities: BlockedIdentities, collection: str, who: UUID) -> None:
    """A block is of one identity of one collection."""
    assert not refused(identities, who, collection)


def test_one_attempt_asks_again_while_the_others_wait(
    identities: BlockedIdentities, clock: Clock
) -> None:
    """A flood reaches the matcher once every two seconds."""
    clock.now += BELIEVED_SECONDS
    with suppress(AttemptsExceeded), identities.attempt("default", ADA):
        assert [refused(identities) for _ in range(20)] == [True] * 20
        raise AttemptsExceeded("Too many.", 20.0)
    assert refused(identities)


def test_an_attempt_that_heard_nothing(identities: BlockedIdentities, clock: Clock) -> None:
    """A photo without a face does not use up the look at whether the identity is free again."""
    clock.now += BELIEVED_SECONDS
    assert [refused(identities), refused(identities)] == [False, False]


def test_an_identity_let_free_is_free(identities: BlockedIdentities, clock: Clock) -> None:
    """Once an attempt has been answered, the next are let through."""
    clock.now += BELIEVED_SECONDS
    with identities.attempt("default", ADA):
        pass
    assert not refused(identities)


def test_a_block_ends_when_it_was_said_to(identities: BlockedIdentities, clock: Clock) -> None:
    """From then on all are let through: the matcher counts them."""
    clock.now += 30
    assert [refused(identities), refused(identities)] == [False, False]


def test_what_was_forgotten_here_is_asked_at_once(identities: BlockedIdentities) -> None:
    """The replica that was told to forget does not wait."""
    identities.forget("default", ADA)
    assert not refused(identities)


def test_the_memory_is_bounded(
    identities: BlockedIdentities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more than it holds, it asks again about the one it was told of first."""
    monkeypatch.setattr(blocked, "MOST", 2)
    told(identities, BOB, 30)
    told(identities, CY, 30)
    assert [refused(identities, who) for who in (ADA, BOB, CY)] == [False, True, True]
