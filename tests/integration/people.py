"""People made of numbers: unit vectors, templates and enrolments that tests are told with."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from pgvector import HalfVector
from uuid_utils.compat import uuid7

from db.pool import Pool, transaction
from db.rows import quality_column
from deployments.messages.embedder import Model, Pose, Quality, Vector
from deployments.messages.gallery import Consent, ModelBinding, NewIdentity, Template
from deployments.messages.matcher import Search, Verification, Wanted

PIPELINE = "1-640-twice"
MODEL = ModelBinding("numbers", "d" * 64, 32, PIPELINE)
OTHER_MODEL = ModelBinding("other_numbers", "e" * 64, 64, PIPELINE)
QUALITY = Quality(0.9, 120.0, 0.5, Pose(1.0, -2.0, 0.5), 112.0, ("too_dark",))
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
TOMORROW = datetime.now(UTC) + timedelta(days=1)

BATCH = 200  # Vectors whose indexing stays well within the time of a statement.

NEW_PEOPLE = """
    INSERT INTO identities (
        collection, id, external_id, consent_reference, consent_purpose, consent_given_at,
        consent_expires_at
    )
    SELECT $1, id, id, 'form', 'access', now(), $3 FROM unnest($2::uuid[]) AS id
"""
NEW_FACES = """
    INSERT INTO faces (collection, identity_id, id, quality)
    SELECT $1, identity_id, id, $4 FROM unnest($2::uuid[], $3::uuid[]) AS new (identity_id, id)
"""


def strangers(count: int, seed: int = 0, dimension: int = MODEL.dimension) -> Vector:
    """Return that many unit vectors, near to each other only by chance."""
    drawn = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return normalised(drawn)


def like(vector: Vector, similarity: float, seed: int = 1) -> Vector:
    """Return a unit vector at exactly that cosine from `vector`."""
    other = strangers(1, seed, vector.shape[0])[0]
    across = normalised(other - (other @ vector) * vector)
    return np.asarray(similarity * vector + np.sqrt(1 - similarity**2) * across, dtype=np.float32)


def normalised(vectors: Vector) -> Vector:
    """Scale to unit length along the last axis."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float32)


def person(external_id: str, *vectors: Vector, expires_at: datetime | None = None) -> NewIdentity:
    """Describe somebody with a template a vector, who has consented."""
    return NewIdentity(
        external_id=external_id,
        display_name=external_id.title(),
        metadata={"badge": 7},
        consent=Consent("form-1", "access", YESTERDAY - timedelta(days=1), expires_at),
        templates=templates(*vectors),
    )


def templates(*vectors: Vector) -> tuple[Template, ...]:
    """Return a template a vector."""
    return tuple(Template(vector, QUALITY) for vector in vectors)


def serving(model: ModelBinding, pack_threshold: float = 0.5) -> Model:
    """Return the model of a binding as an embedder tells it."""
    return Model(model.pack, model.digest, model.dimension, pack_threshold, 0.5, PIPELINE)


def search(
    *probes: Vector,
    collection: str = "default",
    model: ModelBinding = MODEL,
    limit: int = 5,
    threshold: float = 0.5,
    live: tuple[bool | None, ...] = (),
) -> Search:
    """Ask who the probes are."""
    wanted = Wanted(threshold)
    return Search(collection, np.stack(probes), serving(model), limit, wanted, live)


def verification(
    identity_id: UUID,
    probe: Vector,
    model: ModelBinding = MODEL,
    threshold: float = 0.5,
    pack_threshold: float = 0.5,
    live: bool | None = None,
) -> Verification:
    """Ask whether the probe is that person of the collection `default`."""
    served = serving(model, pack_threshold)
    return Verification("default", identity_id, probe, served, Wanted(threshold), live)


async def crowd(
    pool: Pool,
    vectors: Vector,
    *,
    collection: str = "default",
    expires_at: datetime | None = None,
    owners: Sequence[UUID] | None = None,
) -> list[UUID]:
    """Fill a bound collection with one face a vector, faster than by enrolling.

    `owners` of faces that belong to people already there; otherwise each face is a new person's.
    """
    people = list(owners) if owners is not None else [uuid7() for _ in vectors]
    face_ids = [uuid7() for _ in vectors]
    async with transaction(pool) as connection:
        number = await connection.fetchval(
            "UPDATE collections SET identity_count = identity_count + $2,"
            " face_count = face_count + $3 WHERE id = $1 RETURNING number",
            collection,
            0 if owners is not None else len(people),
            len(face_ids),
        )
        if owners is None:
            await connection.execute(NEW_PEOPLE, number, people, expires_at)
        await connection.execute(NEW_FACES, number, people, face_ids, quality_column(QUALITY))
        rows = list(zip(people, face_ids, map(HalfVector, vectors), strict=True))
        for first in range(0, len(rows), BATCH):
            await connection.copy_records_to_table(
                f"templates_{number}",
                columns=["identity_id", "face_id", "vector"],
                records=rows[first : first + BATCH],
            )
    return people
