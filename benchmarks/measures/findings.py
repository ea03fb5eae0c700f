"""A target, what was measured, and whether it is met: a row of the table and of the result file."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from benchmarks.measures.race import Ratio


@dataclass(frozen=True, slots=True)
class Finding:
    """One target of one pack; `low` and `high` are a 95 % interval where there is one."""

    pack: str
    what: str
    at_least: float | None
    at_most: float | None
    measured: float
    low: float | None = None
    high: float | None = None

    @property
    def met(self) -> bool:
        """Tell whether the figure itself, not an end of its interval, keeps the target."""
        over = self.at_least is None or self.measured >= self.at_least
        return over and (self.at_most is None or self.measured <= self.at_most)


def at_least(pack: str, what: str, target: float, measured: float | Ratio) -> Finding:
    """State a figure that should be high."""
    return Finding(pack, what, target, None, *_figures(measured))


def at_most(pack: str, what: str, target: float, measured: float | Ratio) -> Finding:
    """State a figure that should be low."""
    return Finding(pack, what, None, target, *_figures(measured))


def table(findings: Sequence[Finding]) -> Table:
    """Lay findings out for a terminal."""
    laid = Table("pack", "what", "target", "measured", "95 %", "")
    for one in findings:
        laid.add_row(
            one.pack, one.what, _target(one), f"{one.measured:.4g}", interval(one), verdict(one)
        )
    return laid


def interval(finding: Finding) -> str:
    """Write the interval, or nothing where there is none."""
    if finding.low is None or finding.high is None:
        return ""
    return f"{finding.low:.3g} to {finding.high:.3g}"


def verdict(finding: Finding) -> str:
    """Say in a word how it went."""
    return "met" if finding.met else "MISSED"


def _target(finding: Finding) -> str:
    if finding.at_least is not None:
        return f"≥ {finding.at_least:g}"
    return f"≤ {finding.at_most:g}"


def _figures(measured: float | Ratio) -> tuple[float, float | None, float | None]:
    if isinstance(measured, Ratio):
        return measured.value, measured.low, measured.high
    return measured, None, None
