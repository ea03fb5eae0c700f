"""Over two thousand hostile pictures, made when they are asked for; the same at each run."""

from collections.abc import Iterator
from itertools import chain

from tests.hostile.crafted import crafted_files
from tests.hostile.damaged import damaged_files
from tests.hostile.metadata import metadata_files

# Of each family so many files lie between two that `make test` looks at.
_STRIDE = {"damaged": 17, "crafted": 9, "metadata": 5}


def corpus() -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of every file."""
    return chain(damaged_files(), crafted_files(), metadata_files())


def sample() -> Iterator[tuple[str, bytes]]:
    """Yield about two hundred of them, of every family."""
    families = damaged_files(), crafted_files(), metadata_files()
    for family, stride in zip(families, _STRIDE.values(), strict=True):
        for number, file in enumerate(family):
            if number % stride == 0:
                yield file
