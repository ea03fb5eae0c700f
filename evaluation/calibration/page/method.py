"""How it was found, what the words mean, and exactly what it was found with."""

from collections.abc import Iterator
from typing import Final

from evaluation.calibration.findings import Calibration
from evaluation.calibration.markup import Markup, element
from evaluation.calibration.page.parts import facts, items, paragraph, section
from evaluation.calibration.wording import count, percent

_BY_PEOPLE: Final = (
    (
        "People are split into two halves that share nobody. Thresholds are chosen on one half, "
        "and every rate at them is of the other."
    ),
    (
        "Intervals hold 95 %. They resample people, not comparisons, for those that share a person "
        "err together. Each end is the farthest of the draws' percentiles, of a log-normal of "
        "their spread, and of Wilson's; where no error was seen the upper end is never under the "
        "rule of three (0 of n leaves 3 / n possible)."
    ),
)
_AS_INDEPENDENT: Final = (
    (
        "Nobody said whose comparisons these are. They are split into two halves by chance; "
        "thresholds are chosen on one, and every rate at them is of the other."
    ),
    (
        "Intervals hold 95 % if comparisons are independent. Where people take part in several "
        "they are not, and the intervals are too narrow, maybe by multiples."
    ),
)
_ALWAYS: Final = (
    (
        "A target is refused where the comparisons do not carry it. Under 30 errors (Doddington's "
        "rule) a rate is flagged."
    ),
)
_OF_PHOTOS: Final = (
    "Photos went through the pipeline that serves: same pack, detector and alignment.",
    (
        "Rates are of photos that pass the gate that Quality names below. The service refuses no "
        "photo for its quality when it verifies or identifies, and so compares worse ones too: "
        "`--quality off` measures what comes."
    ),
    "A photo is not compared with itself, nor with a copy of itself.",
)
_TERMS: Final = (
    ("FMR", "False match rate: comparisons of two people that match, of single comparisons."),
    ("FNMR", "False non-match rate: comparisons of one person that do not match."),
    ("FAR, FRR", "The same of transactions, with several attempts and with failed photos."),
    ("FTA, FTE", "Failure to acquire, of photos; failure to enrol, of people."),
    ("FPIR", "False positive identification rate: searches for a stranger that find somebody."),
    ("FNIR", "False negative identification rate: searches for a member that do not find them."),
    ("Threshold", "The cosine from which on two photos are a match. It is no probability."),
    ("ISO/IEC 19795-1", "The standard whose terms these are."),
)


def method(calibration: Calibration) -> Markup:
    """Return the section of the method and of its terms."""
    return section(
        "method",
        "Method and terms",
        items(*_how(calibration)),
        facts(_TERMS),
        paragraph(
            f"Footnote. The equal error rate (EER) is {percent(calibration.equal_error_rate)}: "
            "where FMR and FNMR are alike. Nobody runs a service there; it is told because others "
            "tell it.",
            kind="footnote",
        ),
    )


def _how(calibration: Calibration) -> Iterator[str]:
    scores = calibration.dataset.kind == "scores"
    yield from _BY_PEOPLE if calibration.dataset.people else _AS_INDEPENDENT
    yield from _ALWAYS
    if not scores:
        yield from _OF_PHOTOS


def provenance(calibration: Calibration, digest: str) -> Markup:
    """Return the section that says of exactly what all this speaks."""
    dataset, machinery = calibration.dataset, calibration.machinery
    versions = sorted(machinery.versions.items())
    return section(
        "provenance",
        "Provenance",
        facts(
            (
                ("Made at", calibration.created_at.isoformat(timespec="seconds")),
                ("Digest of the findings", _code(digest)),
                ("Dataset", f"{dataset.name} ({dataset.kind})"),
                ("Digest of the photos", _code(dataset.digest)),
                ("Pack", machinery.pack),
                ("Digest of the pack", _code(machinery.pack_digest)),
                ("Pipeline", f"{machinery.pipeline}, {count(machinery.dimension)} dimensions"),
                ("Engine", machinery.engine),
                ("Device", " · ".join(filter(None, (machinery.device, machinery.processor)))),
                ("Quality", machinery.quality),
                ("Commit", _code(machinery.commit)),
                ("Seed", f"{calibration.seed}, {count(calibration.resamples)} draws of people"),
                *((name, version) for name, version in versions),
            )
        ),
        paragraph(
            "The digest is that of the findings in report.json. It shows whether they were changed "
            "since, and not who made them: keep it apart from the file, or sign the file."
        ),
        paragraph(f"Curves are drawn through {count(len(calibration.curve))} thresholds."),
    )


def _code(words: str) -> Markup:
    return element("code", words)
