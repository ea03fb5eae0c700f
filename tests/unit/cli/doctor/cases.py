"""Cases for the checks: an environment and a machine as a test wants them."""

from collections.abc import Callable, Iterable
from pathlib import Path

from cli.doctor.case import Case
from cli.doctor.findings import Finding

ROOT = Path(__file__).parents[4]
SHIPPED = ROOT / "serve_config.yaml"

MakeCase = Callable[..., Case]
"""Makes a case; keywords are variables, `root` a machine, `config` what the graph's file says."""


def only(findings: Iterable[Finding]) -> Finding:
    """Return the one finding of a check."""
    (finding,) = findings
    return finding


def told(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return the findings of a check by their names."""
    return {finding.what: finding for finding in findings}


def shipped_with(*changes: tuple[str, str]) -> str:
    """Return the text of serve_config.yaml with some of it replaced, each once."""
    text = SHIPPED.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text
