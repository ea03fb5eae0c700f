"""The parts of the section on writes and on disk: what enrolling takes, and what is kept of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.report.markdown import table

NOT_MEASURED = "-"
HELD = ("vectors", "vector index", "keys of vectors", "signs with their key")

Found = Mapping[str, Any]
Row = list[object]


def writes(found: Found, sizes: Sequence[Found]) -> str:
    """Return the part on enrolments and erasures."""
    enrolled = ("enrolments/s", "p50 ms", "p95 ms")
    erased = ("erasures/s", "p50 ms", "p95 ms")
    return f"""### Writes

One caller enrols {found["amounts"]["enrolments"]} people of one template, each a transaction of its
own that reaches the disk and the index, and erases them again; an erasure ends with the proof that
no search finds the person. Enrolments into one collection go one after another, so more callers
get no more done.

{table(["people", *enrolled, *erased], _each(sizes, _written))}
"""


def _each(sizes: Sequence[Found], told: Callable[[Found], Row]) -> Iterator[Row]:
    for one in sizes:
        yield [f"{one['people']:,}", *told(one)]


def _written(size: Found) -> Row:
    names = ("a second", "p50 ms", "p95 ms")
    return [size[what][name] for what in ("enrol", "erase") for name in names]


def disk(found: Found, sizes: Sequence[Found]) -> str:
    """Return the part on bytes, and on how long the index takes to build."""
    held = [f"{name}, MB" for name in HELD]
    header = ["people", *held, "bytes a template", "bytes of a person's rows", "index built, s"]
    return f"""### Disk

A template of {found["dimension"]} dimensions is kept in half precision, and its signs, a bit each,
in a table and with a key of their own. Rows of a person are those of `identities` and `faces` with
their indexes. The index is built once all rows are there, in as much memory as the graph takes
where the machine has it.

{table(header, _each(sizes, _kept))}
"""


def _kept(size: Found) -> Row:
    held = size["bytes"]
    parts = [held[name] for name in HELD]
    built = size["filled"]["index_seconds"]
    return [
        *(each / 1e6 for each in parts),
        sum(parts) / size["people"],
        held["rows of a person"],
        built if size["filled"]["people"] == size["people"] else NOT_MEASURED,
    ]
