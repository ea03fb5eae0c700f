"""Known holes of exactly what a service installs, as far as somebody who knows them can be asked.

`python -m dependencies.vulnerabilities` lets pip-audit ask PyPI about each line of
requirements/runtime.txt, and resolves nothing. A hole fails. A network without PyPI, or a mirror
that serves packages and knows no holes, does not: it is told, and is never taken for a pass.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import typer

from dependencies.runtime import RUNTIME

COMMAND = [
    *(sys.executable, "-m", "pip_audit", "--requirement", str(RUNTIME)),
    *("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"),
]
UNREACHABLE = re.compile(r"connect|timed ?out|HTTPError|Max retries", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """What to tell, a sentence a line, and whether it is a failure."""

    told: str
    failed: bool


def finding(report: str, log: str) -> Finding:
    """Return what pip-audit's JSON says, or its log where it got no further."""
    if not report.strip():
        last = (log.strip().splitlines() or ["pip-audit said nothing"])[-1]
        unreachable = UNREACHABLE.search(last) is not None
        return Finding(f"{'Not reachable, nothing audited: ' * unreachable}{last}", not unreachable)
    packages = json.loads(report)["dependencies"]
    known = [package for package in packages if "skip_reason" not in package]
    holes = [hole for package in known for hole in _holes(package)]
    unknown = len(packages) - len(known)
    told = [*holes, f"Holes known in {len(known)} packages: {len(holes)}."] if known else []
    if unknown:
        told.append(f"Not reachable, not audited: {unknown} of {len(packages)} packages.")
    return Finding("\n".join(told), bool(holes))


def _holes(package: dict[str, Any]) -> list[str]:
    """Return a line for each hole of a package: which it is, and what mends it."""
    return [
        f"{package['name']} {package['version']}: {hole['id']}, "
        f"mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for hole in package["vulns"]
    ]


def main() -> None:
    """Ask, tell, and fail where there is a hole."""
    asked = subprocess.run(COMMAND, check=False, capture_output=True, text=True)  # noqa: S603 - a constant
    found = finding(asked.stdout, asked.stderr)
    typer.echo(found.told)
    raise typer.Exit(found.failed)


if __name__ == "__main__":
    typer.run(main)
