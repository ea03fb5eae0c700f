"""What damaged photos do to the errors."""

from collections.abc import Sequence

from evaluation.calibration.findings import Calibration, Sensitivity
from evaluation.calibration.markup import Markup, element, together
from evaluation.calibration.page.parts import NOTHING, brief, figure, paragraph, section, table
from evaluation.calibration.pictures.damage import damage
from evaluation.calibration.wording import cosine, number


def sensitivity(calibration: Calibration) -> Markup:
    """Return the section of damages, small pictures side by side; nothing where none was tried."""
    if not calibration.sensitivity:
        return NOTHING
    thresholds = dict.fromkeys(each.threshold for each in calibration.sensitivity)
    return section(
        "sensitivity",
        "Sensitivity to damaged photos",
        paragraph(
            "Photos of people who did not choose the threshold were damaged in steps and compared "
            "with undamaged ones of theirs and of others of that half. It is done by computation: "
            "real fog, real distance and real masks are not the same. Dots on the solid line are "
            "comparisons that failed, of photos that could be acquired; squares on the dashed "
            "line are photos that could not."
        ),
        *(_at(calibration.sensitivity, threshold) for threshold in thresholds),
    )


def _at(all_levels: Sequence[Sensitivity], threshold: float) -> Markup:
    levels = [each for each in all_levels if each.threshold == threshold]
    kinds = dict.fromkeys(each.damage for each in levels)
    steps = ([each for each in levels if each.damage == kind] for kind in kinds)
    pictures = (figure(damage(each), each[0].damage) for each in steps if len(each) > 1)
    return together(
        (
            element("h3", f"At a threshold of {cosine(threshold)}"),
            element("div", *pictures, class_="many"),
            table(
                "Not acquired are photos without a face, or refused for their quality: they are "
                "apart from comparisons that failed.",
                (
                    "Damage",
                    "Level",
                    "Not acquired [95\N{NO-BREAK SPACE}%]",
                    "FNMR [95\N{NO-BREAK SPACE}%]",
                    "FMR [95\N{NO-BREAK SPACE}%]",
                ),
                (_row(each) for each in levels),
            ),
        )
    )


def _row(each: Sensitivity) -> tuple[str, ...]:
    return (
        each.damage,
        f"{number(each.level)} {each.unit}".strip(),
        brief(each.not_acquired),
        brief(each.fnmr),
        brief(each.fmr),
    )
