"""A run from beginning to end: data, templates, statistics."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cli.calibrate.machine import Machine, Plan, machine
from cli.calibrate.progress import Shown
from cli.calibrate.wanted import Wanted
from cli.database import database
from config.settings import Settings
from db.pool import open_pool
from db.templates import EnrolledTemplates, read_templates
from db.trial import first_found
from deployments.messages.gallery import ModelBinding
from deployments.vision.decoder import Decoder
from evaluation.calibration.acquisition import Acquired, acquire
from evaluation.calibration.calibrate import Examine, calibrate, calibrate_scores
from evaluation.calibration.damage_trials import chosen, damaged, opener
from evaluation.calibration.enrolled import against
from evaluation.calibration.findings import Calibration, Sensitivity
from evaluation.calibration.labels import read_labels
from evaluation.calibration.listed_pairs import ListedPairs, read_pairs
from evaluation.calibration.material import TooLittle
from evaluation.calibration.samples import Sample, Unusable, in_folder, require_comparable
from evaluation.calibration.scored_pairs import read_scores
from evaluation.calibration.sensitivity import sensitivities
from evaluation.calibration.templates import Pairs, Templates

STATEMENT_SECONDS = 60.0  # Nobody waits for this as a caller does.


def of_scores(wanted: Wanted) -> Calibration:
    """Calibrate with a file of scores; raises Unusable and OSError."""
    assert wanted.source is not None  # noqa: S101  by which it is told to be scores
    given = read_scores(wanted.source)
    with _refused():
        return calibrate_scores(
            given.scores,
            given.same,
            given.first,
            given.second,
            wanted.name,
            seed=wanted.seed,
            resamples=wanted.resamples,
            created_at=datetime.now(UTC),
        )


class Run:
    """One calibration with photos."""

    def __init__(self, wanted: Wanted, plan: Plan, environment: Settings, shown: Shown) -> None:
        self._wanted = wanted
        self._plan = plan
        self._environment = environment
        self._shown = shown

    def calibration(self) -> Calibration:
        """Return what was found; raises Unusable, OSError, PackError and FacegraphError."""
        wanted = self._wanted
        labels = read_labels(wanted.groups) if wanted.groups is not None else {}
        samples, listed = _gathered(wanted)
        strangers = labels.keys() - {sample.person for sample in samples}
        if strangers:
            self._shown.line(f"{len(strangers)} of {len(labels)} people with labels have no photo")
        with machine(wanted, self._plan, self._environment) as made_by, _refused():
            enrolled = self._enrolled(made_by.model)
            dimension = made_by.model.dimension
            acquired = acquire(samples, made_by.acquirer, dimension, self._shown.photos)
            templates, pairs = _compared(acquired, listed, enrolled, wanted.seed)
            return calibrate(
                templates,
                made_by.machinery,
                wanted.kind,
                wanted.name,
                groups=labels,
                pairs=pairs,
                seed=wanted.seed,
                resamples=wanted.resamples,
                progress=self._shown.stage,
                sensitivity=self._sensitivity(samples, acquired, templates, made_by),
                index=_first_found if wanted.index else None,
                created_at=datetime.now(UTC),
            )

    def _enrolled(self, model: ModelBinding) -> EnrolledTemplates | None:
        """Read the collection, if one was named, before any photo is looked at."""
        if self._wanted.collection is None:
            return None
        with database(self._environment) as url:
            return asyncio.run(_read(url, self._wanted.collection, model))

    def _sensitivity(
        self, samples: list[Sample], acquired: Acquired, templates: Templates, made_by: Machine
    ) -> Examine | None:
        wanted, most = self._wanted, self._environment.max_image_pixels
        limit, seed = wanted.sensitivity, wanted.seed

        def examine(threshold: float, people: Sequence[str]) -> tuple[Sensitivity, ...]:
            probes = chosen(samples, acquired.positions, templates, people, limit, seed)
            told = partial(self._shown.stage, "damage")
            seconds = self._environment.decode_timeout_seconds
            with closing(Decoder(max_pixels=most, seconds=seconds)) as decoder:
                trials = damaged(probes, made_by.acquirer, opener(decoder, most), told)
            drawn = wanted.resamples
            return sensitivities(
                trials, probes, templates, people, threshold, resamples=drawn, seed=seed
            )

        return examine if limit else None


def _first_found(gallery: NDArray[np.float32], probes: NDArray[np.float32]) -> NDArray[np.intp]:
    return asyncio.run(first_found(gallery, probes))


@contextmanager
def _refused() -> Iterator[None]:
    """Have too little data for statistics be what a person can mend."""
    try:
        yield
    except TooLittle as error:
        raise Unusable(str(error)) from error


def _gathered(wanted: Wanted) -> tuple[list[Sample], ListedPairs | None]:
    """Return the photos, and which pairs of them are compared if somebody listed them."""
    folder = wanted.held_out or wanted.source
    assert folder is not None  # noqa: S101  `kind` refuses a run without either
    if wanted.kind == "pairs":
        listed = read_pairs(folder, wanted.photos)
        return list(listed.samples), listed
    samples = in_folder(folder)
    if wanted.kind == "folder":
        require_comparable([sample.person for sample in samples])
    return samples, None


def _compared(
    acquired: Acquired,
    listed: ListedPairs | None,
    enrolled: EnrolledTemplates | None,
    seed: int,
) -> tuple[Templates, Pairs | None]:
    """Return the templates and which are compared, None for each with each; raises Unusable."""
    templates = acquired.templates
    if listed is not None:
        return templates, listed.among(acquired.positions)
    if enrolled is not None:
        return against(templates, enrolled.people, enrolled.faces, enrolled.vectors, seed=seed)
    require_comparable(templates.people, "templates")
    return templates, None


async def _read(url: str, collection: str, model: ModelBinding) -> EnrolledTemplates:
    async with open_pool(url, max_size=1, statement_timeout_seconds=STATEMENT_SECONDS) as pool:
        return await read_templates(pool, collection, model)
