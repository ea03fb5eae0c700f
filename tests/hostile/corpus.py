"""Over three thousand hostile pictures, made when they are asked for; the same at each run."""

from collections.abc import Iterator
from itertools import chain, islice

from tests.hostile.bombs import bombs
from tests.hostile.crafted import crafted_files
from tests.hostile.damaged import damaged_files
from tests.hostile.metadata import metadata_files

File = tuple[str, bytes]


def corpus() -> Iterator[File]:
    """Yield the name and the bytes of every file but `slow_bombs`."""
    return chain(damaged_files(), crafted_files(), metadata_files(), bombs())


def sample() -> Iterator[File]:
    """Yield some two hundred of them, of every family."""
    return chain(
        islice(damaged_files(), 0, None, 23),
        islice(crafted_files(), 0, None, 9),
        islice(metadata_files(), 0, None, 7),
        bombs(),
    )
