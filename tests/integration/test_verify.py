"""1:1: the best of a person's faces decides, exactly."""

import pytest
from uuid_utils.compat import uuid7

from db.gallery import Gallery
from deployments.errors import ConsentExpired, NotFound
from deployments.messages.gallery import Consent
from tests.integration.people import MODEL, YESTERDAY, like, person, strangers, verification

OVER = Consent("form", "access", YESTERDAY, YESTERDAY)
HALF_PRECISION = 2e-3

(PROBE,) = strangers(1, seed=42)


@pytest.fixture
async def bound(gallery: Gallery) -> Gallery:
    """Return a gallery whose collection `default` is bound to the model."""
    await gallery.enrol("default", person("first", -PROBE), MODEL)
    return gallery


@pytest.mark.parametrize(
    ("similarity", "decision"), [(0.9, "match"), (0.55, "match"), (0.45, "no_match")]
)
async def test_verifying_compares_with_the_best_face(
    bound: Gallery, similarity: float, decision: str
) -> None:
    """One good photo among several is enough."""
    faces = (like(PROBE, 0.1), like(PROBE, similarity), -PROBE)
    ada = await bound.enrol("default", person("ada", *faces), MODEL)
    result = await bound.verify(verification(ada.id, PROBE))
    assert result.decision == decision
    assert result.similarity == pytest.approx(similarity, abs=HALF_PRECISION)


async def test_verifying_against_a_consent_that_is_over_is_refused(bound: Gallery) -> None:
    """The caller learns why, not how similar."""
    ada = await bound.enrol("default", person("ada", PROBE), MODEL)
    await bound.change_identity("default", ada.id, {"consent": OVER})
    with pytest.raises(ConsentExpired):
        await bound.verify(verification(ada.id, PROBE))


async def test_verifying_against_nobody_finds_nobody(bound: Gallery) -> None:
    """An id that is not in the collection is not found."""
    with pytest.raises(NotFound):
        await bound.verify(verification(uuid7(), PROBE))
