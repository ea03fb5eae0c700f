"""`facegraph calibrate`: thresholds with stated errors, from photos of one's own."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.calibrate.wanted import Wanted
from cli.cores import usable_cores
from cli.database import reported
from config.settings import Settings, settings
from deployments.messages.embedder import QualityGate
from evaluation.calibration.cache import forget as forget_cache
from evaluation.calibration.samples import Unusable

NOT_SUPPORTED = 3
"""The exit status where the data carry none of the targets: there is a report, and no threshold."""

MOST_THREADS = 8  # Each has its own copy of the networks.

Source = Annotated[
    Path | None,
    typer.Argument(
        help="A folder of photos (PERSON/photo.jpg or PERSON_anything.jpg), a list of pairs "
        "(LFW's pairs.txt, or CSV: first,second,same) or scores (CSV: score,same)."
    ),
]
Output = Annotated[
    Path | None, typer.Option(help="The folder for report.json, report.html and CSVs.")
]
Photos = Annotated[Path | None, typer.Option(help="Where the photos of a list of pairs lie.")]
Collection = Annotated[
    str | None, typer.Option(help="A collection to compare with, by external ids.")
]
HeldOut = Annotated[
    Path | None, typer.Option(help="A folder of photos of its people that are not enrolled.")
]
Groups = Annotated[
    Path | None, typer.Option(help="Labels, CSV: person,attribute,…; errors are told by them.")
]
Pack = Annotated[str | None, typer.Option(help="Instead of the pack of serve_config.yaml.")]
Quality = Annotated[QualityGate, typer.Option(help="What a face must reach to be compared.")]
Damaged = Annotated[
    int, typer.Option(min=0, help="How many photos are made worse step by step; slow.")
]
Index = Annotated[
    bool, typer.Option("--index", help="Measure whom a search misses, in a database made for it.")
]
Seed = Annotated[int, typer.Option(help="The same seed and data give the same figures.")]
Resamples = Annotated[int, typer.Option(min=100, help="How often people are drawn anew.")]
Threads = Annotated[
    int | None, typer.Option(min=1, help="Cores to compute on; else those there are, at most 8.")
]
CacheFolder = Annotated[
    Path | None, typer.Option("--cache", help="Where embeddings are kept; else the data directory.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Keep no embedding; a run begins anew.")]
Forget = Annotated[bool, typer.Option("--forget", help="Delete all embeddings kept, and end.")]


def calibrate(
    context: typer.Context,
    source: Source = None,
    *,
    output: Output = None,
    photos: Photos = None,
    collection: Collection = None,
    held_out: HeldOut = None,
    groups: Groups = None,
    pack: Pack = None,
    quality: Quality = "standard",
    sensitivity: Damaged = 0,
    index: Index = False,
    seed: Seed = 0,
    resamples: Resamples = 1000,
    threads: Threads = None,
    cache: CacheFolder = None,
    no_cache: NoCache = False,
    forget: Forget = False,
) -> None:
    """Measure error rates on photos of your own, and choose thresholds that the data support.

    Exit status 3 where they support none. Embeddings are kept in the data directory, so that a run
    goes on where it was ended; they are biometric data, and --forget deletes them.
    """
    with reported():
        environment = settings()
        kept = cache or environment.data_dir / "calibration"
        if forget:
            typer.echo(f"Deleted what {forget_cache(kept)} kinds of runs had kept in {kept}.")
            return
        if output is None:
            raise Unusable("Name the folder for the report with --output.")
        wanted = Wanted(
            source=source,
            photos=photos,
            collection=collection,
            held_out=held_out,
            groups=groups,
            quality=quality,
            sensitivity=sensitivity,
            index=index,
            seed=seed,
            resamples=resamples,
            cache=None if no_cache else kept,
            named=_named(context),
        )
        supported = _run(wanted, output, environment, pack, threads or default_threads())
    raise typer.Exit(0 if supported else NOT_SUPPORTED)


def _named(context: typer.Context) -> frozenset[str]:
    """Return the options that somebody wrote, and did not leave as they are."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return frozenset(
        name for name, of in sources.items() if of is not None and of.name == "COMMANDLINE"
    )


def default_threads() -> int:
    """Return the whole cores this process may use, within `MOST_THREADS`."""
    return max(1, min(int(usable_cores()), MOST_THREADS))


def _run(
    wanted: Wanted, output: Path, environment: Settings, pack: str | None, threads: int
) -> bool:
    """Write the report, print what is most important, and tell whether a target is supported."""
    kind = wanted.kind
    output.mkdir(parents=True, exist_ok=True)
    # They load the networks and what computes, which no other verb waits for.
    from cli.calibrate.machine import plan_of
    from cli.calibrate.progress import Shown
    from cli.calibrate.summary import summary
    from cli.calibrate.work import Run, of_scores
    from evaluation.calibration.document import write

    if kind == "scores":
        found = of_scores(wanted)
    else:
        plan = plan_of(environment, pack, threads)
        with Shown() as shown:
            found = Run(wanted, plan, environment, shown).calibration()
    path = write(found, output)
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(summary(found))
    console.print(f"\nThe whole report: {path}", soft_wrap=True)
    return any(point.supported for point in found.operating_points)
