"""What bad photos cost, and the limits of the quality gates that follow.

    python -m evaluation.quality_curves FOLDER --pack opencv_zoo --output docs/quality

FOLDER holds two photos or more of each person, named PERSON_anything.jpg. Several packs, named
one by one, share the degraded photos; the gates are theirs in common. Written are levels.csv,
curves.csv, limits.csv, and a picture a measure. 51 people and two packs take some ten minutes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from config.settings import settings
from deployments.messages.embedder import Model
from deployments.vision.pipeline import Pipeline
from deployments.vision.preparation import prepare
from evaluation import quality_pictures, quality_tables
from evaluation.degradation import DEGRADATIONS
from evaluation.quality_limits import Thresholds
from evaluation.quality_trials import Trial, pairs_in, run_trials


def main(
    folder: Annotated[Path, typer.Argument(help="Photos named PERSON_anything.jpg.")],
    pack: Annotated[list[str], typer.Option(help="Names or folders of model packs.")],
    output: Annotated[Path, typer.Option(help="Where to write.")] = Path("docs/quality"),
    people: Annotated[int | None, typer.Option(help="About how many people; else all.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Degradations; else all.")] = None,
) -> None:
    """Degrade the photos in FOLDER step by step, compare them, and write what was lost."""
    pairs = pairs_in(folder, people)
    if len(pairs) < 2:  # noqa: PLR2004 - an impostor takes two
        raise typer.BadParameter(f"{folder} holds no two people with two photos each.")
    pipelines = {pipeline.model.pack: pipeline for pipeline in map(_opened, pack)}
    chosen = [each for each in DEGRADATIONS if not only or each.name in only]
    trials = list(run_trials(pipelines, pairs, chosen))
    _write(trials, {name: _thresholds(each.model) for name, each in pipelines.items()}, output)


def _opened(name: str) -> Pipeline:
    prepared = prepare(name, settings().data_dir, settings().accepted_licences)
    return Pipeline(prepared, threads=1, device="cpu")


def _thresholds(model: Model) -> Thresholds:
    return Thresholds(model.verify_threshold, model.identify_threshold)


def _write(trials: Sequence[Trial], packs: Mapping[str, Thresholds], output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    curves = quality_tables.curves_of(trials, packs)
    tables = {
        "levels": quality_tables.level_rows(trials, packs),
        "curves": quality_tables.curve_rows(curves),
        "limits": quality_tables.limit_rows(curves, packs),
    }
    for name, rows in tables.items():
        quality_tables.write(output / f"{name}.csv", list(rows))
    quality_pictures.draw(curves, packs, output)


if __name__ == "__main__":
    typer.run(main)
