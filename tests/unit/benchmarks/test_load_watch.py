"""What looks at a service tells where it could not."""

from pathlib import Path
from threading import Event

import httpx
import pytest

from benchmarks.load import watch
from benchmarks.load.watch import NothingSaid, Sample, watching
from benchmarks.service import Service

FIGURES = """ray_actors{State="ALIVE",Name="one"} 3.0
ray_actors{State="DEAD",Name="one"} 7.0
ray_tasks{State="RUNNING"} 2.0
"""


class Blind(Exception):
    """Nothing can be seen."""


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """Give a service that says where its figures are."""
    (tmp_path / "up.log").write_text("Ready\n  Ray's http://127.0.0.1:1/metrics\n")
    return Service("http://127.0.0.1:1", "token", tmp_path, 1, 1.0)


def test_a_watch_that_ended_early_is_told(service: Service) -> None:
    """Few samples have no trend, and would keep every bound."""
    ended = Event()
    looks: list[Service] = []

    def look(at: Service) -> Sample:
        looks.append(at)
        if len(looks) > 1:
            ended.set()
            raise Blind
        return Sample(0.0, {})

    with pytest.raises(Blind), watching(service, 0.0, look):
        assert ended.wait(5)


def answering(status: int, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Ray answer so."""
    answer = httpx.Response(status, text=text, request=httpx.Request("GET", "http://127.0.0.1:1"))
    monkeypatch.setattr(httpx, "get", lambda *_, **__: answer)


def test_what_ray_keeps_is_counted(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is over is not kept."""
    answering(200, FIGURES, monkeypatch)
    assert watch._ray_objects(service) == 5


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [(500, FIGURES, httpx.HTTPStatusError), (200, "ray_renamed 3.0\n", NothingSaid)],
)
def test_no_figures_are_no_zero(
    status: int,
    text: str,
    error: type[Exception],
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing grows where nothing is counted."""
    answering(status, text, monkeypatch)
    with pytest.raises(error):
        watch._ray_objects(service)
