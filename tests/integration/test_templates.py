"""Templates are read out of a collection: all, in pages, and of nobody whose consent is over."""

import numpy as np
import pytest

from db import catalogue, templates
from db.gallery import Gallery
from db.pool import Pool, connection
from db.templates import read_templates
from deployments.errors import ModelMismatch, NotFound
from deployments.messages.gallery import NewCollection
from tests.integration.people import MODEL, OTHER_MODEL, YESTERDAY, crowd, person, strangers

VECTORS = strangers(5, seed=3)


async def test_templates_come_with_whose_they_are(
    gallery: Gallery, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every face of everybody, over several pages, and of unit length."""
    monkeypatch.setattr(templates, "PAGE", 2)
    await gallery.enrol("default", person("ada", *VECTORS[:3]), MODEL)
    await gallery.enrol("default", person("bob", *VECTORS[3:]), MODEL)
    found = await read_templates(pool, "default", MODEL)
    assert found.people == ("ada", "ada", "ada", "bob", "bob")
    assert len(set(found.faces)) == 5
    np.testing.assert_allclose(found.vectors, VECTORS, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-6)


async def test_who_took_consent_back_is_left_out(gallery: Gallery, pool: Pool) -> None:
    """Whose consent is over is compared with nobody, for statistics neither."""
    await gallery.enrol("default", person("ada", VECTORS[0]), MODEL)
    await crowd(pool, VECTORS[1:], expires_at=YESTERDAY)
    assert (await read_templates(pool, "default", MODEL)).people == ("ada",)


async def test_another_packs_templates_are_refused(gallery: Gallery, pool: Pool) -> None:
    """Similarities between two packs mean nothing."""
    await gallery.enrol("default", person("ada", VECTORS[0]), MODEL)
    with pytest.raises(ModelMismatch, match="default holds templates of the pack numbers"):
        await read_templates(pool, "default", OTHER_MODEL)


async def test_a_collection_that_is_not_there_is_told(pool: Pool) -> None:
    """As everywhere."""
    with pytest.raises(NotFound):
        await read_templates(pool, "nowhere", MODEL)


async def test_a_free_collection_is_empty(gallery: Gallery, pool: Pool) -> None:
    """One that nothing has bound to a pack has no table to read."""
    await gallery.create_collection(NewCollection("free", "Free"), None)
    found = await read_templates(pool, "free", MODEL)
    assert (found.people, found.vectors.shape) == ((), (0, MODEL.dimension))


async def test_a_collection_deleted_meanwhile_is_not_found(
    gallery: Gallery, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two pages its table may be dropped."""
    await gallery.enrol("default", person("ada", *VECTORS), MODEL)
    async with connection(pool) as held:
        found = await catalogue.find(held, "default")
    await gallery.delete_collection("default", force=True)

    async def remembered(*_: object) -> object:
        return found

    monkeypatch.setattr(catalogue, "find", remembered)
    with pytest.raises(NotFound, match="deleted meanwhile"):
        await read_templates(pool, "default", MODEL)
