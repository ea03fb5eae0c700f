"""Whether data and arithmetic can be believed at all."""

from evaluation.calibration.findings import Calibration
from evaluation.calibration.markup import Markup
from evaluation.calibration.page.parts import facts, section, table
from evaluation.calibration.wording import cosine, count, percent


def controls(calibration: Calibration) -> Markup:
    """Return the section of negative controls and of names that may be wrong."""
    found = calibration.controls
    return section(
        "controls",
        "Controls",
        facts(
            (
                (
                    "Names shuffled",
                    (
                        f"An equal error rate of {percent(found.shuffled_eer)}. Once names are "
                        "dealt out anew nothing can be told, so it must be about 50 %."
                    ),
                ),
                (
                    "Duplicates",
                    (
                        f"{count(found.duplicates)} photos were left out for being another's copy; "
                        f"{count(found.shared_photos)} photos belonged to two people."
                    ),
                ),
            )
        ),
        table(
            "Worth looking at: two people who look like one, or one who looks like two. Wrong "
            "names, twins, or the worst of the model. They were left in.",
            ("Person", "Compared with", "Similarity"),
            ((one, other, cosine(similarity)) for one, other, similarity in found.suspects),
        ),
    )
