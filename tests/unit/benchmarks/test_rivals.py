"""The rivals are what they are called, and do what they are said to do."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from fastapi import HTTPException

from benchmarks.load.configuration import SHIPPED
from benchmarks.performance.end_to_end.contenders import (
    APPLICATION,
    POSTGRESQL,
    configuration,
    ef_search,
    in_two,
)
from benchmarks.rivals import ray_defaults
from benchmarks.rivals.first_generation import CANDIDATES, Recognition, Settings
from benchmarks.rivals.hosting import Tuning, worth_trying
from benchmarks.subjects.stock import Stock, StockFace
from config.serve_environment import FAST_MODE, serve_environment
from deployments.configuration import read

NEAR, FAR = "018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000002"
VECTOR = np.array([1, 0], np.float32)


class Table:
    """Two people, one of whom is alike; remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def fetch(self, query: str, _vector: object) -> list[dict[str, Any]]:
        """Return both."""
        self.asked.append(query)
        return [{"identity_id": NEAR, "cosine": 0.8}, {"identity_id": FAR, "cosine": 0.29}]


def settings() -> Settings:
    """Return what a worker is started with."""
    nowhere = Path("nowhere")
    return Settings(
        database="postgresql:///", table="templates_7", ef_search=100, threshold=0.3,
        pack=nowhere, plain=nowhere,
    )  # fmt: skip


def recognition(stock: Stock) -> tuple[Recognition, Table]:
    """Return a worker's part that recognises by this, and the table that it searches."""
    table = Table()
    pool: Any = table  # Of which no more is used than that.
    return Recognition(settings(), pool, stock), table


def faces(*sides: float) -> Stock:
    """Return what finds squares of these sides, whose vectors tell of the side."""
    points = np.zeros((5, 2), np.float32)
    found = [
        StockFace(np.array([0, 0, side, side], np.float32), points, np.float32(side) * VECTOR)
        for side in sides
    ]
    return lambda _photo: found


async def test_the_rival_names_who_is_over_the_threshold() -> None:
    """It searches the service's table, and who is less alike is not told."""
    worker, table = recognition(faces())
    found = await worker.search(VECTOR)
    assert [str(match.identity_id) for match in found] == [NEAR]
    assert f"FROM templates_7 ORDER BY vector <=> $1 LIMIT {CANDIDATES}" in table.asked[0]


async def test_the_rival_takes_the_largest_face() -> None:
    """As the service does."""
    worker, _ = recognition(faces(10, 30, 20))
    assert (await worker.vector(b"photo"))[0] == 30


async def test_a_photo_without_a_face_is_no_match() -> None:
    """It is refused, and so ends a run."""
    worker, _ = recognition(faces())
    with pytest.raises(HTTPException) as refused:
        await worker.vector(b"photo")
    assert refused.value.status_code == 422


def test_threads_as_they_come_are_left_alone() -> None:
    """As described: nothing is set."""
    assert Tuning(workers=4).variables() == {}


@pytest.mark.parametrize("tuning", worth_trying(4), ids=lambda tuning: tuning.name)
def test_tuned_is_one_thread_a_photo(tuning: Tuning) -> None:
    """No library has a pool of its own, and every core has a photo."""
    threads = {of for name, of in tuning.variables().items() if name != "RIVAL_EXECUTOR_THREADS"}
    assert threads == {"1"}
    assert tuning.executor is not None
    assert tuning.workers * tuning.executor >= 4


def test_ray_s_defaults_are_ray_s() -> None:
    """None of the flags of the fast mode is set, nor the pace of Ray's own loops."""
    with ray_defaults.defaults():
        flags = serve_environment()
    assert not {*FAST_MODE, "RAY_SERVE_CONTROL_LOOP_INTERVAL_S", "MALLOC_ARENA_MAX"} & set(flags)


def test_ray_s_defaults_keep_who_may_connect() -> None:
    """Speed is compared, and not an open door."""
    with ray_defaults.defaults():
        assert set(serve_environment()) >= ray_defaults.KEPT | {"RAY_AUTH_TOKEN"}


def test_ours_is_a_configuration_that_the_service_takes(tmp_path: Path) -> None:
    """Limits are out of the way within what the file may say."""
    path = tmp_path / "serve_config.yaml"
    path.write_text(configuration(SHIPPED.read_text(), {"pack": "buffalo_l"}))
    (application,) = read(path).applications
    assert application.args["pack"] == "buffalo_l"


def test_the_replicas_of_ours_are_fixed() -> None:
    """None is started in the middle of a point."""
    nodes = yaml.safe_load(configuration(SHIPPED.read_text(), {}))["applications"][0]["deployments"]
    scaling = [node["autoscaling_config"] for node in nodes if "autoscaling_config" in node]
    assert [one["min_replicas"] for one in scaling] == [one["max_replicas"] for one in scaling]


def test_ours_may_take_the_index_at_its_word() -> None:
    """As the rivals do; the rest of what the Matcher is told stays."""
    text = configuration(SHIPPED.read_text(), {}, {"compare_all_up_to": 0})
    nodes = yaml.safe_load(text)["applications"][0]["deployments"]
    (told,) = (node["user_config"] for node in nodes if node["name"] == "Matcher")
    assert told["compare_all_up_to"] == 0
    assert told["ef_search"] == ef_search(SHIPPED.read_text())


def test_both_keep_as_many_candidates() -> None:
    """The rival searches as eagerly as the shipped file says."""
    assert ef_search(SHIPPED.read_text()) == 100


def test_a_rival_is_itself_and_the_database() -> None:
    """What is not PostgreSQL's is the application's, whatever its processes are called."""
    parts = {"ray, other": 2.0, "driver": 1.0, POSTGRESQL: 4.0}
    assert in_two(parts) == {POSTGRESQL: 4.0, APPLICATION: 3.0}
