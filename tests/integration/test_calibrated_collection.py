"""`facegraph calibrate --collection`: enrolled templates against photos that were held out."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from config.settings import settings
from db.embedded import embedded_server
from db.gallery import Gallery
from db.migrate import migrate
from db.pool import open_pool
from deployments.messages.gallery import ModelBinding
from deployments.vision.catalogue import OPENCV_ZOO
from deployments.vision.version import pipeline_version
from tests.conftest import AMBIGUITY_MARGIN
from tests.integration.people import person, strangers
from tests.unit.cli.calibrate.found import Statistics, listening
from tests.unit.vision.photographs import two_people

ROOT = Path(__file__).parents[2]
PIPELINE = pipeline_version(640, second_look=True)
MODEL = ModelBinding(OPENCV_ZOO.name, OPENCV_ZOO.digest, OPENCV_ZOO.dimension, PIPELINE)


@pytest.fixture
def statistics(monkeypatch: pytest.MonkeyPatch) -> Statistics:
    """Put statistics and report aside."""
    return listening(monkeypatch)


@pytest.fixture
def home(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield the data directory of a built-in database that is at rest."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("FACEGRAPH_DATA_DIR", str(data_dir))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()
    yield data_dir
    settings.cache_clear()


async def enrol(url: str, model: ModelBinding) -> None:
    """Enrol a man and a stranger, who look like nobody."""
    await migrate(url)
    vectors = strangers(3, seed=5, dimension=model.dimension)
    async with open_pool(url, max_size=1) as pool:
        gallery = Gallery(pool, AMBIGUITY_MARGIN)
        await gallery.enrol("default", person("man", *vectors[:2]), model)
        await gallery.enrol("default", person("stranger", vectors[2]), model)


def run(held_out: Path, collection: str = "default") -> Result:
    """Calibrate with a collection."""
    words = ["calibrate", "--collection", collection, "--held-out", str(held_out), "--threads", "1"]
    words += ["--output", str(held_out / "out"), "--no-cache"]
    return CliRunner().invoke(app, words)


def test_probes_are_compared_with_who_is_enrolled(
    home: Path, statistics: Statistics, tmp_path: Path
) -> None:
    """Names of photos are external ids; one that nobody has is a stranger's."""
    with embedded_server(home) as url:
        asyncio.run(enrol(url, MODEL))
    result = run(two_people(tmp_path))
    assert result.exit_code == 0, result.output
    templates, machinery, kind, name = statistics.asked
    pairs = statistics.named["pairs"]
    compared = [
        (templates.people[first], templates.people[second])
        for first, second in zip(pairs.first, pairs.second, strict=True)
    ]
    assert sorted(set(compared)) == [
        ("man", "man"),
        ("man", "stranger"),
        ("woman", "man"),
        ("woman", "stranger"),
    ]
    assert len(compared) == 4 * 3
    assert (kind, name, machinery.pack_digest) == ("collection", "default", MODEL.digest)


@pytest.mark.usefixtures("statistics")
@pytest.mark.parametrize(
    ("model", "said"),
    [
        (
            ModelBinding("other", "sha256:" + "e" * 64, 64, MODEL.pipeline),
            "The collection default holds templates of the pack",
        ),
        (replace(MODEL, pipeline="0-640-twice"), "Another pipeline than"),
        (replace(MODEL, pipeline=None), "Another pipeline than"),
    ],
)
def test_a_collection_of_other_templates_is_refused(
    home: Path, tmp_path: Path, model: ModelBinding, said: str
) -> None:
    """Before any photo is looked at: of another pack, another pipeline or nobody knows which."""
    with embedded_server(home) as url:
        asyncio.run(enrol(url, model))
    result = run(two_people(tmp_path))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"facegraph: {said}")


@pytest.mark.usefixtures("statistics", "home")
def test_a_database_that_was_never_migrated_is_told(tmp_path: Path) -> None:
    """Reading changes nothing, not even the schema."""
    result = run(two_people(tmp_path))
    assert (result.exit_code, result.stderr) == (
        1,
        "facegraph: The database has not been migrated.\n",
    )
