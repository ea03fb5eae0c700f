"""The bench of the database asks a real one, and leaves it as full as it was."""

import os
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.gallery import fill
from benchmarks.performance.database import asking, disk, probes, scans, writes
from benchmarks.performance.database.probes import Probes
from benchmarks.performance.database.target import Target
from db.gallery import Gallery
from deployments.messages.matcher import Verdict
from tests.integration.people import MODEL, serving

PEOPLE = 1_200  # Enough that searches go by the index.
CROWD = "crowd"


@pytest.fixture
async def target(gallery: Gallery, database_url: str) -> Target:
    """Return a collection of strangers, with this process in the place of the server's."""
    await fill(database_url, CROWD, PEOPLE, MODEL)
    return Target(gallery, CROWD, serving(MODEL), os.getpid())


@pytest.fixture(scope="module")
def lot() -> Probes:
    """Return probes of people in the collection and of strangers, in turn."""
    return probes.draw(PEOPLE, MODEL.dimension, {"": probes.alternating(30, 0.95)})[""]


async def test_every_probe_is_asked_once_and_judged(target: Target, lot: Probes) -> None:
    """By three callers, who all are done at the end; so small a gallery has every mate found."""
    answers = await asking.ask(target, lot, callers=3)
    told = asking.figures(answers)
    assert len(answers.verdicts) == len(answers.latencies) == 30
    assert 0 < answers.latencies.min() <= answers.latencies.max() <= answers.seconds
    mated = told["mated"]
    assert (mated["probes"], mated["recall"], mated["right"]) == (15, 1.0, 1.0)


async def test_answers_stand_beside_their_probes(target: Target, lot: Probes) -> None:
    """Whichever caller came for them, and whenever it was done."""
    answers = await asking.ask(target, lot, callers=3)
    found = np.array([_first(verdict) for verdict in answers.verdicts])
    assert found[lot.mated] == pytest.approx(lot.nearest[lot.mated], abs=1e-5)


def _first(verdict: Verdict) -> float:
    return -1.0 if verdict.nearest is None else verdict.nearest


@pytest.mark.parametrize("rival", list(scans.RIVALS))
async def test_a_scan_finds_the_nearest(
    target: Target, database_url: str, lot: Probes, rival: str
) -> None:
    """Each probe is timed, and what it finds is what comparing with all of them finds."""
    async with scans.without_index(database_url) as connection:
        taken = await scans.timed(scans.RIVALS[rival], connection, target.collection, lot[:5])
    assert len(taken) == 5
    assert taken.min() > 0


async def test_a_scan_that_misses_ends_the_bench(
    target: Target, database_url: str, lot: Probes
) -> None:
    """A rival that is quick because it is wrong is none."""
    nearer = replace(lot[:1], nearest=lot.nearest[:1] + 0.01)
    async with scans.without_index(database_url) as connection:
        with pytest.raises(scans.WrongAnswer):
            await scans.timed(scans.in_sql, connection, target.collection, nearer)


async def test_writes_leave_a_gallery_as_full_as_it_was(target: Target) -> None:
    """Whom it enrols it erases."""
    told = await writes.measure(target.gallery, CROWD, MODEL, people=4)
    assert told["enrol"]["people"] == told["erase"]["people"] == 4
    assert (await target.gallery.collection(CROWD)).identities == PEOPLE


async def test_bytes_are_told_by_what_they_hold(target: Target, database_url: str) -> None:
    """Vectors are at least as large as their numbers, in half precision; signs as a bit each."""
    async with scans.without_index(database_url) as connection:
        held = await disk.sizes(connection, target.collection)
    signs = held.pop("signs with their key")
    assert set(held) == {"vectors", "vector index", "keys of vectors", "rows of a person"}
    assert signs > PEOPLE * MODEL.dimension / 8
    assert min(held["vectors"], held["vector index"]) > PEOPLE * MODEL.dimension * 2
