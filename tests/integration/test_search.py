"""1:N and 1:1: who is found, in which order, and who never is."""

import re
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pytest
from uuid_utils.compat import uuid7

from db import nearest
from db.gallery import Gallery
from db.nearest import ENOUGH_SIGNS, READ_WHOLE_UP_TO
from db.pool import Pool, connection, open_pool
from db.queries import queries
from deployments.errors import NotFound
from deployments.messages.embedder import Vector
from deployments.messages.gallery import Consent, ModelBinding, NewCollection
from deployments.messages.matcher import Search
from tests.conftest import AMBIGUITY_MARGIN
from tests.integration.people import (
    MODEL,
    PIPELINE,
    YESTERDAY,
    crowd,
    like,
    normalised,
    person,
    search,
    strangers,
    verification,
)


@dataclass(frozen=True, slots=True)
class Lost:
    """A search for people whom the index misses on this pool, and who they are."""

    pool: Pool
    search: Search
    owners: list[UUID]


OVER = Consent("form", "access", YESTERDAY, YESTERDAY)
WIDE = ModelBinding("wide", "f" * 64, ENOUGH_SIGNS, PIPELINE)
CROWD = READ_WHOLE_UP_TO + 100  # Enough that the index is asked.

(PROBE,) = strangers(1, seed=42)
HALF_PRECISION = 2e-3


@pytest.fixture
async def bound(gallery: Gallery) -> Gallery:
    """Return a gallery whose collection `default` is bound to the model and empty."""
    await gallery.enrol("default", person("first", -PROBE), MODEL)
    return gallery


def away_from_the_probe() -> Vector:
    """Return a crowd of vectors, none of them like the probe."""
    away = strangers(CROWD, seed=5)
    return normalised(away - 2 * np.abs(away @ PROBE)[:, None] * PROBE)


@pytest.fixture(params=[0, CROWD], ids=["read whole", "by the index"])
async def peopled(request: pytest.FixtureRequest, bound: Gallery, pool: Pool) -> Gallery:
    """Return a gallery with that many strangers in it, none of them like the probe."""
    if request.param:
        await crowd(pool, away_from_the_probe())
    return bound


async def test_candidates_come_best_first_and_over_the_threshold(peopled: Gallery) -> None:
    """One row an identity with its best face, the raw cosine, and no one under the threshold."""
    for name, similarity in (("ada", 0.95), ("bob", 0.8), ("cy", 0.65), ("dan", 0.4)):
        await peopled.enrol(
            "default", person(name, like(PROBE, similarity), like(PROBE, 0.3)), MODEL
        )
    verdict = (await peopled.search(search(PROBE))).verdicts[0]
    assert verdict.decision == "match"
    assert [match.external_id for match in verdict.matches] == ["ada", "bob", "cy"]
    assert [match.similarity for match in verdict.matches] == pytest.approx(
        [0.95, 0.8, 0.65], abs=HALF_PRECISION
    )


async def test_a_match_names_the_person_and_the_face(peopled: Gallery) -> None:
    """The candidate holds what a door needs to say who it opened for."""
    ada = await peopled.enrol("default", person("ada", like(PROBE, 0.2), PROBE), MODEL)
    match = (await peopled.search(search(PROBE))).verdicts[0].matches[0]
    assert (match.identity_id, match.external_id, match.display_name) == (ada.id, "ada", "Ada")
    assert match.face_id == ada.faces[1].id
    assert match.similarity == pytest.approx(1.0, abs=HALF_PRECISION)
    assert match.similarity <= 1.0


@pytest.mark.parametrize(("limit", "shown"), [(1, 1), (2, 2), (5, 2)])
async def test_two_people_too_near_to_each_other_are_ambiguous(
    peopled: Gallery, limit: int, shown: int
) -> None:
    """The second best counts even where only one row was asked for."""
    await peopled.enrol("default", person("ada", like(PROBE, 0.90, seed=2)), MODEL)
    await peopled.enrol("default", person("eve", like(PROBE, 0.895, seed=3)), MODEL)
    verdict = (await peopled.search(search(PROBE, limit=limit))).verdicts[0]
    assert verdict.decision == "ambiguous"
    assert len(verdict.matches) == shown


async def test_many_faces_of_one_person_do_not_crowd_out_the_next(
    peopled: Gallery, pool: Pool
) -> None:
    """However many rows one identity takes, the limit counts identities."""
    ada = await peopled.enrol("default", person("ada", PROBE), MODEL)
    nearer = np.stack([like(PROBE, 0.97, seed) for seed in range(600)])
    await crowd(pool, nearer, owners=[ada.id] * 600)
    await peopled.enrol("default", person("bob", like(PROBE, 0.7)), MODEL)
    verdict = (await peopled.search(search(PROBE))).verdicts[0]
    assert [match.external_id for match in verdict.matches] == ["ada", "bob"]


async def test_a_consent_that_is_over_is_never_matched(peopled: Gallery) -> None:
    """Even where it is the nearest; renewed, the person is found again."""
    ada = await peopled.enrol("default", person("ada", PROBE), MODEL)
    await peopled.enrol("default", person("bob", like(PROBE, 0.7)), MODEL)
    await peopled.change_identity("default", ada.id, {"consent": OVER})
    verdict = (await peopled.search(search(PROBE))).verdicts[0]
    assert [match.external_id for match in verdict.matches] == ["bob"]
    await peopled.change_identity("default", ada.id, {"consent": ada.consent})
    verdict = (await peopled.search(search(PROBE))).verdicts[0]
    assert [match.external_id for match in verdict.matches] == ["ada", "bob"]


async def test_thousands_whose_consent_is_over_hide_nobody(bound: Gallery, pool: Pool) -> None:
    """With all of them nearer to the probe, every person over the threshold is still found."""
    nearer = np.stack([like(PROBE, 0.9, seed) for seed in range(2_000)])
    await crowd(pool, nearer, expires_at=YESTERDAY)
    for number in range(7):
        await bound.enrol("default", person(f"p{number}", like(PROBE, 0.6, number)), MODEL)
    verdict = (await bound.search(search(PROBE, limit=7))).verdicts[0]
    assert {match.external_id for match in verdict.matches} == {f"p{n}" for n in range(7)}


async def test_where_the_index_gives_up_the_gallery_is_read_whole(
    bound: Gallery, pool: Pool, database_url: str
) -> None:
    """A scan that ends at its bound before it has enough is not taken for an answer."""
    nearer = np.stack([like(PROBE, 0.9, seed) for seed in range(CROWD)])
    await crowd(pool, nearer, expires_at=YESTERDAY)
    await bound.enrol("default", person("ada", like(PROBE, 0.6)), MODEL)
    async with open_pool(database_url, max_size=1, ef_search=10) as narrow:
        async with connection(narrow) as held:
            await held.execute("SET hnsw.max_scan_tuples = 1")
        result = await Gallery(narrow, AMBIGUITY_MARGIN).search(search(PROBE))
    assert [match.external_id for match in result.verdicts[0].matches] == ["ada"]


@pytest.mark.parametrize("limit", [1, 5, 50])
async def test_there_are_as_many_answers_as_people_over_the_threshold(
    bound: Gallery, pool: Pool, limit: int
) -> None:
    """Up to the limit, filtered or not: every other person's consent is over here."""
    near = np.stack([like(PROBE, 0.7, seed) for seed in range(CROWD)])
    await crowd(pool, near[::2], expires_at=YESTERDAY)
    await crowd(pool, near[1::2])
    verdict = (await bound.search(search(PROBE, limit=limit))).verdicts[0]
    assert len({match.identity_id for match in verdict.matches}) == limit


async def test_each_probe_gets_its_own_verdict_in_order(peopled: Gallery) -> None:
    """A photo of three people is three questions."""
    ada, bob = strangers(2, seed=77)
    await peopled.enrol("default", person("ada", ada), MODEL)
    await peopled.enrol("default", person("bob", bob), MODEL)
    result = await peopled.search(search(bob, strangers(1, seed=78)[0], ada, threshold=0.95))
    names = [[match.external_id for match in verdict.matches] for verdict in result.verdicts]
    assert names == [["bob"], [], ["ada"]]


@pytest.mark.parametrize("model", [None, MODEL], ids=["free", "bound"])
async def test_an_empty_collection_knows_nobody(
    gallery: Gallery, model: ModelBinding | None
) -> None:
    """It answers no_match, whether or not it is bound yet."""
    await gallery.create_collection(NewCollection("site", "Site"), model)
    result = await gallery.search(search(PROBE, PROBE, collection="site"))
    assert result.gallery_size == 0
    assert [verdict.decision for verdict in result.verdicts] == ["no_match", "no_match"]


async def test_the_size_of_the_gallery_is_its_people(gallery: Gallery) -> None:
    """Identities, not faces."""
    await gallery.enrol("default", person("ada", *strangers(3)), MODEL)
    assert (await gallery.search(search(PROBE))).gallery_size == 1


async def test_a_collection_that_does_not_exist_is_not_searched(gallery: Gallery) -> None:
    """Neither 1:N nor 1:1."""
    with pytest.raises(NotFound):
        await gallery.search(search(PROBE, collection="nowhere"))
    with pytest.raises(NotFound):
        await gallery.verify(verification(uuid7(), PROBE))


async def test_a_table_gone_between_two_statements_is_not_found(bound: Gallery, pool: Pool) -> None:
    """A collection deleted under a search is one that does not exist."""
    await pool.execute("DROP TABLE templates_1 CASCADE")
    with pytest.raises(NotFound):
        await bound.search(search(PROBE))


async def test_collections_know_nothing_of_each_other(gallery: Gallery, pool: Pool) -> None:
    """A stranger's thousand faces beside the probe change neither answer nor order of another."""
    await gallery.enrol("default", person("ada", like(PROBE, 0.7)), MODEL)
    await gallery.create_collection(NewCollection("site", "Site"), MODEL)
    before = await gallery.search(search(PROBE))
    await crowd(
        pool, np.stack([like(PROBE, 0.9, seed) for seed in range(CROWD)]), collection="site"
    )
    assert await gallery.search(search(PROBE)) == before


async def plan(pool: Pool, name: str) -> list[str]:
    """Return the plan of a search in `default`, line by line."""
    sql = queries("search")[name].format(number=1, faces=32, dimension=MODEL.dimension)
    literal = "'[" + ",".join(map(str, PROBE.tolist())) + "]'"
    sql = sql.replace("$1", f"{literal}::halfvec").replace("$2", "64").replace("$3", "16")
    return [row[0] for row in await pool.fetch("EXPLAIN " + sql)]


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("find_nearest", {"templates_1", "identities"}),
        ("find_likely", {"signs_1", "templates_1", "identities"}),
        ("find_nearest_of_all", {"templates_1", "identities"}),
    ],
)
async def test_a_search_reads_one_collection_however_many_there_are(
    bound: Gallery, pool: Pool, name: str, tables: set[str]
) -> None:
    """The plan names the tables of one."""
    for number in range(5):
        await bound.create_collection(NewCollection(f"site-{number}", "Site"), MODEL)
    lines = await plan(pool, name)
    assert {table for line in lines for table in re.findall(r" on (\w+)", line)} == tables


@pytest.mark.parametrize(
    ("name", "access"),
    [
        ("find_nearest", "Index Scan using templates_1_vector_idx"),
        ("find_likely", "Index Scan using templates_1_pkey"),
    ],
)
@pytest.mark.usefixtures("bound")
async def test_a_large_gallery_is_searched_by_its_indexes(
    pool: Pool, name: str, access: str
) -> None:
    """No plan reads all vectors, of a gallery freshly filled and of one with statistics."""
    await crowd(pool, strangers(2_000))
    fresh = await plan(pool, name)
    await pool.execute("ANALYZE")
    assert access in "\n".join(fresh)
    assert access in "\n".join(await plan(pool, name))


@pytest.mark.usefixtures("bound")
async def test_whoever_compares_with_all_asks_no_index(pool: Pool) -> None:
    """For the index would answer in their place, and miss whom it missed before."""
    await crowd(pool, strangers(2_000))
    assert "Seq Scan on templates_1" in "\n".join(await plan(pool, "find_nearest_of_all"))


async def test_the_index_finds_whom_an_exact_search_finds(bound: Gallery, pool: Pool) -> None:
    """Recall at one is at least 0.98 on strangers, the hardest case there is."""
    vectors = strangers(4_000, seed=3)
    owners = await crowd(pool, vectors)
    probes = np.stack([like(vector, 0.75, seed) for seed, vector in enumerate(vectors[:100])])
    result = await bound.search(search(*probes, threshold=0.0))
    best = np.argmax(probes @ vectors.T, axis=1)
    found = [verdict.matches[0].identity_id for verdict in result.verdicts]
    hits = sum(found[i] == owners[each] for i, each in enumerate(best))
    assert hits >= 98


@pytest.fixture
async def lost(gallery: Gallery, pool: Pool, database_url: str) -> AsyncIterator[Lost]:
    """Yield people spread so wide that an index of little patience misses many of them."""
    await gallery.create_collection(NewCollection("wide", "Wide"), WIDE)
    vectors = strangers(2_000, seed=4, dimension=WIDE.dimension)
    owners = await crowd(pool, vectors, collection="wide")
    probes = np.stack([like(each, 0.55, 1_000 + at) for at, each in enumerate(vectors[:60])])
    async with open_pool(database_url, max_size=1, ef_search=1) as hasty:
        yield Lost(hasty, search(*probes, collection="wide", model=WIDE), owners[:60])


@pytest.mark.parametrize(
    ("compare_all_up_to", "everybody"), [(1_999, False), (2_000, True)], ids=["index", "all"]
)
async def test_nobody_is_missed_where_all_are_compared(
    lost: Lost, compare_all_up_to: int, everybody: bool
) -> None:
    """What the index leaves in doubt is looked for among everybody, up to a size of gallery."""
    gallery = Gallery(lost.pool, AMBIGUITY_MARGIN, compare_all_up_to=compare_all_up_to)
    verdicts = (await gallery.search(lost.search)).verdicts
    found = [each.matches[0].identity_id if each.matches else None for each in verdicts]
    assert (found == lost.owners) == everybody


@pytest.mark.parametrize(
    ("similarity", "threshold", "asked"),
    [(0.65, 0.5, False), (0.55, 0.5, True), (0.65, 0.6, True), (0.55, 0.1, True), (0.3, 0.5, True)],
)
async def test_a_clear_answer_of_the_index_stands(
    bound: Gallery,
    pool: Pool,
    monkeypatch: pytest.MonkeyPatch,
    similarity: float,
    threshold: float,
    asked: bool,
) -> None:
    """A tenth over the threshold, and over the pack's own: only short of it all are compared."""
    await crowd(pool, away_from_the_probe())
    await bound.enrol("default", person("ada", like(PROBE, similarity)), MODEL)
    monkeypatch.setattr(nearest, "ENOUGH_SIGNS", MODEL.dimension)
    await pool.execute("DROP TABLE signs_1")
    with pytest.raises(NotFound) if asked else nullcontext():
        verdict = (await bound.search(search(PROBE, threshold=threshold))).verdicts[0]
        assert [match.external_id for match in verdict.matches] == ["ada"]


async def test_few_signs_are_not_asked(bound: Gallery, pool: Pool) -> None:
    """They say too little, of a mate who is hardly over the threshold above all."""
    await crowd(pool, away_from_the_probe())
    await bound.enrol("default", person("ada", like(PROBE, 0.52)), MODEL)
    await pool.execute("DROP TABLE signs_1")
    verdict = (await bound.search(search(PROBE))).verdicts[0]
    assert [match.external_id for match in verdict.matches] == ["ada"]


@pytest.mark.parametrize("enough", [ENOUGH_SIGNS, MODEL.dimension], ids=["vectors", "signs"])
async def test_many_whose_consent_is_over_are_no_answer(
    bound: Gallery, pool: Pool, monkeypatch: pytest.MonkeyPatch, enough: int
) -> None:
    """Where the likely ones are all theirs, the rest of the gallery is read for who is not."""
    misses = nearest.SQL["find_nearest"].replace(
        "ORDER BY vector", "WHERE 1 - (vector <=> $1) < 0.2 ORDER BY vector"
    )
    monkeypatch.setattr(nearest, "SQL", {**nearest.SQL, "find_nearest": misses})
    monkeypatch.setattr(nearest, "ENOUGH_SIGNS", enough)
    nearer = np.stack([like(PROBE, 0.9, seed) for seed in range(CROWD)])
    await crowd(pool, nearer, expires_at=YESTERDAY)
    await crowd(pool, np.stack([like(PROBE, 0.1, seed) for seed in range(3_000, 3_100)]))
    await bound.enrol("default", person("ada", like(PROBE, 0.52)), MODEL)
    verdict = (await bound.search(search(PROBE))).verdicts[0]
    assert [match.external_id for match in verdict.matches] == ["ada"]
