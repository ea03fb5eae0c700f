"""The built-in server's memory: a share of the machine's, within bounds."""

import pytest

from db.cluster_files import memory


@pytest.mark.parametrize(
    ("gibibytes", "pages", "building"),
    [
        pytest.param(1, 96, 128, id="a small machine keeps the least"),
        pytest.param(8, 512, 256, id="shares"),
        pytest.param(64, 1024, 512, id="a large one leaves the rest to others"),
    ],
)
def test_memory_grows_with_the_machine(gibibytes: int, pages: int, building: int) -> None:
    """A sixteenth of it holds pages, half of that builds an index."""
    assert memory(gibibytes * 2**30) == {"pages": pages, "building": building}
