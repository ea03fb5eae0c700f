"""The sections of docs/models.md that compare packs, from the rows of models.json."""

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.measures.stages import STAGES
from benchmarks.report.markdown import percent, table
from benchmarks.report.pictures import label
from deployments.vision.finding import QUICK_SIZE

Row = dict[str, Any]

RATE_COLUMNS = (
    "task",
    "FMR",
    "threshold",
    "FNMR [95 %], errors",
    "lowest genuine",
    "highest impostor",
)


def photo(rows: Sequence[Row]) -> str:
    """Tell where the time of a photo goes, on each engine."""
    header = ["pack", "engine", "photo", *STAGES, "total", "memory (PSS)"]
    lines = (
        [
            label(row, rows),
            engine,
            size,
            *(taken[stage] for stage in STAGES),
            taken["total"],
            f"{row['figures']['memory'][engine]:.0f} MB",
        ]
        for row in rows
        for engine, photos in row["figures"]["engines"].items()
        for size, taken in photos.items()
    )
    return f"""## Time of a photo, engines, memory

CPU milliseconds of one photo as identify handles it (the largest face), by stage. `auto` takes,
network by network, the engine that was faster on this machine when the pack was first loaded.
Memory is the proportional set size of a process that holds the pipeline and nothing else.

![Stages of one photo](models/stages.png)

{table(header, lines)}

What the networks have to compute, and how long one core takes for that if it does nothing but
multiply and add at the speed of a plain matrix product (the roof; an engine that saves
multiplications can be under it):

{table(["pack", "network, side in px", "10⁹ multiply-adds", "roof, ms"], _roofs(rows))}
"""


def _roofs(rows: Sequence[Row]) -> Iterator[list[object]]:
    for row in rows:
        for network, roof in row["figures"]["roof"].items():
            yield [label(row, rows), network, roof["GMAC"], roof["CPU ms"]]


def accuracy(rows: Sequence[Row]) -> str:
    """Tell how often one person's photos are told apart."""
    return f"""## Accuracy

FNMR (a person is not recognised) at a threshold that lets a share FMR of impostor pairs match. The
threshold is set on the same pairs, which flatters. Intervals are a bootstrap over people; where no
error was seen, the upper end is what so many people without an error allow. The set is small, well
lit and frontal: it ranks packs on easy photos, and carries no FMR below 1e-3. The second task is
made to be hard: everybody's second portrait, shrunk to 64 px and compressed to JPEG 50, against
the first portraits as they are. A photo in which no face is found matches nobody.

![Cosines of genuine and impostor pairs](models/cosines.png)

{table(["pack", *RATE_COLUMNS], _accuracies(rows))}

{table(["pack", "thumbnails in which no face was found"], _unseen(rows))}
"""


def _accuracies(rows: Sequence[Row]) -> Iterator[list[object]]:
    for row in rows:
        for task in ("portraits", "thumbnails"):
            for told in rates(task, row["figures"]["accuracy"][task]):
                yield [label(row, rows), *told]


def rates(task: str, summary: dict[str, Any]) -> Iterator[list[object]]:
    """Return a line for each rate of a task, in the order of RATE_COLUMNS."""
    extremes = summary["lowest genuine cosine"], summary["highest impostor cosine"]
    for rate in summary["rates"]:
        yield [task, f"{rate['fmr']:g}", rate["threshold"], percent(rate), *extremes]


def _unseen(rows: Sequence[Row]) -> Iterator[list[object]]:
    for row in rows:
        figures = row["figures"]["accuracy"]
        pairs = figures["thumbnails"]["rates"][0]["pairs"]
        yield [label(row, rows), f"{figures['thumbnails without a face']} of {pairs}"]


def detector_sizes(rows: Sequence[Row]) -> str:
    """Tell what the side of the detector's input costs and finds."""
    counted = list(next(iter(rows[0]["figures"]["detector sizes"].values()))["found"])
    header = ["pack", "side, px", "detect, CPU ms", *counted, "FNMR at FMR 1e-3", "lowest genuine"]
    lines = (
        [
            label(row, rows),
            side,
            each["CPU ms"]["detect"],
            *(each["found"][name] for name in counted),
            percent(each["accuracy"]["rates"][-1]),
            each["accuracy"]["lowest genuine cosine"],
        ]
        for row in rows
        for side, each in row["figures"]["detector sizes"].items()
    )
    return f"""## Detector sizes

`detector_size` of serve_config.yaml: the side of the square in which all faces of a photo are
sought. Where only the largest face is wanted, a quick look at {QUICK_SIZE} px comes first and
mostly does, so here every face was asked for. The group (1280 x 886 px) is the one that
insightface ships; the crowd is 160 portraits in a picture of 1280 x 800 px; a claim beyond one a
portrait is false or double; the large portraits have 3000 px.

![Time and faces found by the detector's size](models/detector-sizes.png)

{table(header, lines)}
"""


def batches(rows: Sequence[Row]) -> str:
    """Tell what runs of many faces or photos gain."""
    lines = (
        [label(row, rows), network, *(f"{count}: {taken:.1f}" for count, taken in each.items())]
        for row in rows
        for network, each in row["figures"]["batches"].items()
    )
    padded = [[*line, *[""] * (7 - len(line))] for line in lines]
    return f"""## Batches

CPU milliseconds of one face, or of one photo, in runs of several, on one thread of the engine that
`auto` chose.

![Cost of one face and one photo in runs of many](models/batches.png)

{table(["pack", "network", "number in a run: ms each", *[""] * 4], padded)}
"""


def int8(rows: Sequence[Row]) -> str:
    """Tell what eight bits would save and cost."""
    header = ["pack", "recogniser", "CPU ms a face", "FNMR at FMR 1e-3", "lowest genuine"]
    return f"""## Eight bits

Facegraph computes in fp32 and offers nothing less. This is what the recogniser would gain and lose
in int8: static quantisation by ONNX Runtime, weights by channel, calibrated on one half of the
people and judged on the other. The detector was not tried.

{table([*header, "cosine to fp32, lowest / median"], _eight_bits(rows))}
"""


def _eight_bits(rows: Sequence[Row]) -> Iterator[list[object]]:
    for row in rows:
        figures = row["figures"]["int8"]
        alike = figures["cosine to fp32"]
        for name in ("fp32, as shipped", "int8, onnxruntime"):
            one = figures[name]
            yield [
                label(row, rows),
                name,
                one["CPU ms a face"],
                percent(one["accuracy"]["rates"][-1]),
                one["accuracy"]["lowest genuine cosine"],
                f"{alike['lowest']:.4f} / {alike['median']:.4f}" if "int8" in name else "",
            ]
