"""Liveness in the gallery: a collection's policy refuses before anything is compared."""

from pathlib import Path

import asyncpg
import pytest

from db.gallery import Gallery
from db.migrate import migrate
from db.pool import Pool, open_pool
from deployments.errors import PresentationAttack, Unavailable
from deployments.messages.gallery import LivenessPolicy, NewCollection
from deployments.messages.matcher import Presentation
from tests.conftest import AMBIGUITY_MARGIN
from tests.integration.people import MODEL, like, person, search, strangers, verification

FIRST = Path(__file__).parents[2] / "db" / "migrations" / "versions" / "0001_initial.sql"

(PROBE,) = strangers(1, seed=7)


@pytest.fixture
async def ada(gallery: Gallery) -> Gallery:
    """Return a gallery in which Ada is enrolled."""
    await gallery.enrol("default", person("ada", PROBE), MODEL)
    return gallery


async def test_a_schema_without_liveness_gets_it_off(empty_database_url: str) -> None:
    """Collections of the version before are kept as they are, and none begins to refuse."""
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("CREATE SCHEMA facegraph")
    await connection.execute(FIRST.read_text())
    await connection.execute(
        "CREATE TABLE facegraph.alembic_version (version_num varchar(32) PRIMARY KEY);"
        "INSERT INTO facegraph.alembic_version VALUES ('0001');"
        "INSERT INTO facegraph.collections (id, name, quality) VALUES ('gate', 'Gate', 'strict')"
    )
    await connection.close()
    await migrate(empty_database_url)
    async with open_pool(empty_database_url, max_size=1) as pool:
        kept = await Gallery(pool, AMBIGUITY_MARGIN).collection("gate")

    assert (kept.name, kept.quality, kept.liveness) == ("Gate", "strict", "off")


async def test_the_policy_is_stored_and_changed(gallery: Gallery) -> None:
    """It comes back as it was created, and changes by itself."""
    created = await gallery.create_collection(
        NewCollection("gate", "Gate", quality="strict", liveness="observe"), MODEL
    )
    changed = await gallery.change_collection("gate", {"liveness": "enforce"})

    assert (created.liveness, changed.liveness, changed.quality) == ("observe", "enforce", "strict")
    assert await gallery.collection("gate") == changed


async def test_the_database_knows_the_policies(pool: Pool) -> None:
    """No other word is ever stored, whoever writes."""
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("UPDATE collections SET liveness = 'maybe'")


@pytest.mark.parametrize(
    ("policy", "live", "told"),
    [
        ("off", False, None),
        ("observe", False, "attack"),
        ("observe", None, None),
        ("enforce", True, "live"),
    ],
)
async def test_who_passes_is_compared(
    ada: Gallery, policy: LivenessPolicy, live: bool | None, told: Presentation | None
) -> None:
    """1:1 and 1:N decide as ever, and say what the policy makes of the probe."""
    await ada.change_collection("default", {"liveness": policy})
    found = await ada.search(search(like(PROBE, 0.9), live=(live,)))
    (match,) = found.verdicts[0].matches
    verified = await ada.verify(verification(match.identity_id, like(PROBE, 0.9), live=live))

    assert (found.verdicts[0].decision, found.verdicts[0].liveness) == ("match", told)
    assert (verified.decision, verified.liveness) == ("match", told)


@pytest.mark.parametrize(("live", "refusal"), [(False, PresentationAttack), (None, Unavailable)])
async def test_who_does_not_pass_is_not_compared(
    ada: Gallery, live: bool | None, refusal: type[Exception]
) -> None:
    """Of an attack, or of what nothing checked, no answer of any kind comes back."""
    found = await ada.search(search(PROBE))
    person_id = found.verdicts[0].matches[0].identity_id
    await ada.change_collection("default", {"liveness": "enforce"})

    with pytest.raises(refusal):
        await ada.verify(verification(person_id, PROBE, live=live))
    with pytest.raises(refusal):
        await ada.search(search(PROBE, live=(live,)))


async def test_one_attack_refuses_the_search(ada: Gallery) -> None:
    """Several probes are one photo: where one of its faces is an attack nobody is told of."""
    await ada.change_collection("default", {"liveness": "enforce"})
    with pytest.raises(PresentationAttack):
        await ada.search(search(PROBE, -PROBE, live=(True, False)))


async def test_a_search_that_says_nothing_of_liveness_is_refused(ada: Gallery) -> None:
    """A node of the version before, which sends no such thing, lets nobody in either."""
    await ada.change_collection("default", {"liveness": "enforce"})
    with pytest.raises(Unavailable):
        await ada.search(search(PROBE))


async def test_an_empty_collection_refuses_attacks_too(gallery: Gallery) -> None:
    """Whether anybody is enrolled cannot be found out with a printed photo."""
    await gallery.change_collection("default", {"liveness": "enforce"})
    with pytest.raises(PresentationAttack):
        await gallery.search(search(PROBE, live=(False,)))
