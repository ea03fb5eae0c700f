"""Enrolments and erasures by the service's own gallery, which is as full afterwards as before."""

from time import perf_counter
from typing import Any
from uuid import UUID

import numpy as np

from benchmarks.gallery import GIVEN_AT, directions
from db.gallery import Gallery
from deployments.messages.embedder import Pose, Quality, Vector
from deployments.messages.gallery import Consent, ModelBinding, NewIdentity, Template

SEED = 11
CONSENT = Consent("bench", "measurement", GIVEN_AT)
QUALITY = Quality(0.9, 120.0, 0.5, Pose(0.0, 0.0, 0.0), 112.0)

Figures = dict[str, Any]


class GalleryChanged(Exception):
    """A collection does not hold whom it held before."""


async def measure(
    gallery: Gallery, collection: str, model: ModelBinding, *, people: int
) -> dict[str, Figures]:
    """Enrol so many of one template, one after another, then erase them; GalleryChanged."""
    before = await gallery.collection(collection)
    vectors = directions(people, model.dimension, SEED)
    enrolled = [await _enrol(gallery, collection, model, vector) for vector in vectors]
    erased = [await _erase(gallery, collection, identity) for _, identity in enrolled]
    after = await gallery.collection(collection)
    if (after.identities, after.faces) != (before.identities, before.faces):
        raise GalleryChanged(f"{collection} held {before.identities}, and holds {after.identities}")
    return {"enrol": figures([seconds for seconds, _ in enrolled]), "erase": figures(erased)}


async def _enrol(
    gallery: Gallery, collection: str, model: ModelBinding, vector: Vector
) -> tuple[float, UUID]:
    name = f"bench-{vector[:4].tobytes().hex()}"
    new = NewIdentity(name, None, {}, CONSENT, (Template(vector, QUALITY),))
    began = perf_counter()
    identity = await gallery.enrol(collection, new, model)
    return perf_counter() - began, identity.id


async def _erase(gallery: Gallery, collection: str, identity: UUID) -> float:
    began = perf_counter()
    erasure = await gallery.erase(collection, identity)
    seconds = perf_counter() - began
    if not erasure.absent:
        raise GalleryChanged(f"{identity} was erased and is found in {collection}")
    return seconds


def figures(seconds: list[float]) -> Figures:
    """Return how many a second one caller writes, and percentiles in milliseconds."""
    p50, p95 = 1000 * np.percentile(seconds, (50, 95))
    rate = len(seconds) / sum(seconds)
    return {
        "people": len(seconds),
        "a second": rate,
        "p50 ms": float(p50),
        "p95 ms": float(p95),
    }
