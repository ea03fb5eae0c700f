"""docs/models.md: every figure in it is read from a result file, none is written here."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measures.machine import Machine
from benchmarks.report import gpu_section, pack_sections, stock_section
from benchmarks.report.markdown import table
from benchmarks.subjects.packs_at_hand import missing

Row = dict[str, Any]

_HEAD = """# Models, measured

Written by `make bench-models` from `benchmarks/results/`; edit the figures' sources, not this
page. Times are CPU milliseconds, all threads together, of a process kept to one core: what a core
gives when nothing else runs on it, whatever else the machine was doing.
"""


def render(results: Path) -> str:
    """Return the page from `models.json`, and from `embedder.json` and `gpu.json` where present."""
    rows: list[Row] = _read(results / "models.json") or []
    compared = (
        pack_sections.photo,
        pack_sections.accuracy,
        pack_sections.detector_sizes,
        pack_sections.batches,
        pack_sections.int8,
    )
    sections = [
        _HEAD,
        _provenance(rows),
        stock_section.render(_read(results / "embedder.json")),
        *(section(rows) for section in compared if rows),
        gpu_section.render(_read(results / "gpu.json")),
    ]
    return "\n".join(section for section in sections if section)


def _provenance(rows: Sequence[Row]) -> str:
    about = ["pack", "licence", "vector", "machine", "GFLOPS a core"]
    absent = ", ".join(f"`{name}`" for name in missing([row["pack"] for row in rows]))
    versions = sorted({f"{name} {of}" for row in rows for name, of in row["versions"].items()})
    return f"""## Where these figures come from

{table([*about, "portraits", "date", "commit"], _places(rows))}

The speed of a core is that of a large fp32 matrix product. A plus after the commit: files differed
from it. {", ".join(versions)}. The photos are the Face Research Lab London Set (DeBruine & Jones,
CC-BY 4.0), 102 people, two portraits each, 512 px; "3000 px" are the same upscaled and saved as
JPEG 90, as heavy to decode as a phone's photos but with no more to see.

**Not measured**: {absent}. Their weights were not at hand on any of these machines. Put them into
the data directory (`facegraph models install`) and run `make bench-models` there: rows are added
for that machine, and those above stay. `buffalo_sc stand-in` is the official detector of
`buffalo_sc` with an int8 copy of its recogniser turned back to fp32: its speed is that of
`buffalo_sc`, its accuracy is close to it and not it.
"""


def _places(rows: Sequence[Row]) -> Iterator[list[object]]:
    for row in rows:
        machine, figures = Machine(**row["machine"]), row["figures"]
        about = [row["pack"], figures["licence"], figures["dimension"]]
        measured = [row["portraits"], row["date"], row["commit"]]
        yield [*about, machine.name, machine.gflops_per_core, *measured]


def _read(path: Path) -> Any:
    return json.loads(path.read_text()) if path.exists() else None
