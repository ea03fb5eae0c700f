"""The section of docs/models.md on GPUs, from gpu.json."""

from typing import Any

from benchmarks.report.markdown import table

_NONE = """## GPU

No GPU was at hand when this page was written: the CUDA path has not run here, and nothing is said
of its speed. `make bench-gpu` measures it where there is one (the same vectors as on the CPU, the
curve over batch sizes, memory over thousands of batches of odd sizes) and fills this section.
"""


def render(document: dict[str, Any] | None) -> str:
    """Return the section; without figures it says that there are none."""
    if document is None:
        return _NONE
    packs = document["packs"]
    return f"""## GPU

`make bench-gpu`, {document["date"]}, commit {document["commit"]}, {document["gpu"]}.

{table(["pack", "runs on", "lowest cosine to the CPU", "boxes differ by, px"], _alike(packs))}

Photos a second by photos in a batch:

{table(["pack", *next(iter(packs.values()))["photos a second"]], _speeds(packs))}

Memory of the card over batches of odd sizes, MB:

{table(["pack", "batches", "first tenth, highest", "last tenth, highest", "grown"], _memory(packs))}
"""


def _alike(packs: dict[str, Any]) -> list[list[object]]:
    return [
        [name, one["engine"], f"{one['lowest cosine to CPU']:.5f}", one["boxes differ by, px"]]
        for name, one in packs.items()
    ]


def _speeds(packs: dict[str, Any]) -> list[list[object]]:
    return [[name, *one["photos a second"].values()] for name, one in packs.items()]


def _memory(packs: dict[str, Any]) -> list[list[object]]:
    return [
        [
            name,
            one["memory"]["batches"],
            one["memory"]["first"],
            one["memory"]["last"],
            one["memory"]["grown"],
        ]
        for name, one in packs.items()
    ]
