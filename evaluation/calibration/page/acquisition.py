"""Who and what was tried, and of whom no template could be made: before any error rate."""

from evaluation.calibration.findings import Calibration
from evaluation.calibration.markup import Markup
from evaluation.calibration.page.parts import measured, paragraph, section, table
from evaluation.calibration.wording import count


def acquisition(calibration: Calibration) -> Markup:
    """Return the section of people, photos, FTA and FTE."""
    dataset, found = calibration.dataset, calibration.acquisition
    return section(
        "acquisition",
        "People, photos, and failures to acquire",
        paragraph(
            f"{dataset.name}: {count(dataset.people)} people, {count(dataset.photos)} photos, "
            f"{count(dataset.genuine_comparisons)} comparisons of one person (genuine), "
            f"{count(dataset.impostor_comparisons)} of two people (impostor). {dataset.note}"
        ),
        table(
            "Photos without a template (FTA), and people without one (FTE). Rates further down "
            "are of what could be acquired, unless they say otherwise.",
            ("Failure", "Rate [95\N{NO-BREAK SPACE}%]"),
            (
                ("FTA, of photos", measured(found.failure_to_acquire)),
                ("FTE, of people", measured(found.failure_to_enrol)),
            ),
        ),
        table(
            "Why photos failed.",
            ("Reason", "Photos"),
            ((reason, count(number)) for reason, number in sorted(found.reasons.items())),
        ),
    )
