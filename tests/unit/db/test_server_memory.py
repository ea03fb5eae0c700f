"""The built-in server's memory: a share of the machine's, within bounds."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from db.cluster_files import bytes_at_hand, memory


@pytest.mark.parametrize(
    ("gibibytes", "pages", "building"),
    [
        pytest.param(1, 96, 128, id="a small machine keeps the least"),
        pytest.param(3, 192, 128, id="a share for pages"),
        pytest.param(8, 256, 256, id="a share to build in"),
        pytest.param(64, 256, 512, id="a large one leaves the rest to others"),
    ],
)
def test_memory_grows_with_the_machine(gibibytes: int, pages: int, building: int) -> None:
    """A sixteenth of it holds pages, half of that builds an index."""
    assert memory(gibibytes * 2**30) == {"pages": pages, "building": building}


@pytest.mark.parametrize(
    ("limit", "at_hand"), [("1000", 1000), ("max", 8000), ("9000", 8000)], ids=str
)
def test_a_container_has_no_more_than_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, at_hand: int
) -> None:
    """It is sized by what the container may take, and never by more than there is."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=8000))
    for name, text in {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": limit}.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    assert bytes_at_hand(tmp_path) == at_hand
