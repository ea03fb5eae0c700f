"""The licences of what a service installs: told on docs/licences.md, and none but those allowed.

`python -m dependencies.licences` checks licences and page, and with `--write` writes the page.
Which licences are allowed stands in `pyproject.toml`. What counts is what each package declares;
libraries within a wheel are told where somebody has looked.
"""

import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass

import typer
from packaging.utils import canonicalize_name

from dependencies.runtime import ROOT, RUNTIME, names

PAGE = ROOT / "docs" / "licences.md"
HEAD = """\
# Licences of what is installed

What `requirements/runtime.txt` installs on Linux, and the licence each package declares. `make
audit` writes this page; `make check` fails where a licence is neither allowed in `pyproject.toml`
(`[tool.facegraph.licences]`) nor explained there. Libraries within a wheel are told where somebody
has looked, and may be more. The licences of models: [packs.md](packs.md).
"""
EXPLAINED = """
## With a reason

Copyleft, declared or carried along in the wheel, and what declares nothing.

| package | declares | why it may be here |
|---|---|---|
"""
ALL = """
## All

| package | declares |
|---|---|
"""


@dataclass(frozen=True)
class Policy:
    """What `pyproject.toml` allows: licences for all, and packages for a reason each."""

    allowed: frozenset[str]
    explained: dict[str, dict[str, str]]

    def refuses(self, package: str, licence: str) -> bool:
        """Tell whether a package may not be here; a reason holds for the licence it was given for.

        Of what is joined by "and" (or by the semicolon of classifiers) all must be allowed, of what
        is joined by "or" one.
        """
        if licence == self.explained.get(package, {}).get("declares"):
            return False
        parts = re.split(r" AND |; ", licence)
        return not all(self.allowed.intersection(part.split(" OR ")) for part in parts)


def policy() -> Policy:
    """Return what `pyproject.toml` says."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    licences = table["tool"]["facegraph"]["licences"]
    return Policy(frozenset(licences["allowed"]), licences["reasons"])


def declared() -> dict[str, str]:
    """Return the licence each package of the runtime declares, as far as it is installed here."""
    wanted = sorted(names(RUNTIME.read_text("utf-8")))
    command = [sys.executable, "-m", "piplicenses", "--format=json", "--with-system", "--packages"]
    told = subprocess.run([*command, *wanted], check=True, capture_output=True, text=True)  # noqa: S603 - our own arguments
    found = {canonicalize_name(row["Name"]): row["License"] for row in json.loads(told.stdout)}
    return dict(sorted(found.items()))


def page(licences: dict[str, str], allowed: Policy) -> str:
    """Return the page as it should be."""
    reasons = [
        f"| {package} | {licences[package]} | {row['reason']} |\n"
        for package, row in sorted(allowed.explained.items())
        if package in licences
    ]
    rows = [f"| {package} | {licence} |\n" for package, licence in licences.items()]
    return "".join([HEAD, EXPLAINED, *reasons, ALL, *rows])


def complaints(licences: dict[str, str], allowed: Policy, written: str) -> list[str]:
    """Return a sentence for each licence nobody allowed, and one for a page that is not current."""
    refused = [
        f"{package} is under {licence}, which pyproject.toml neither allows nor explains."
        for package, licence in licences.items()
        if allowed.refuses(package, licence)
    ]
    stale = not set(page(licences, allowed).splitlines()) <= set(written.splitlines())
    return refused + ["docs/licences.md is not current: `make audit` writes it."] * stale


def main(write: bool = False) -> None:
    """Check the licences, and write the page or check that too."""
    licences, allowed = declared(), policy()
    if write:
        PAGE.write_text(page(licences, allowed), "utf-8")
    found = complaints(licences, allowed, PAGE.read_text("utf-8"))
    for complaint in found:
        typer.echo(complaint, err=True)
    if found:
        raise typer.Exit(1)
    typer.echo(f"Licences: {len(licences)} packages, each allowed or explained.")


if __name__ == "__main__":
    typer.run(main)
