"""The page as a whole: what may be claimed first, what it rests on after."""

from pathlib import Path
from typing import Final

from evaluation.calibration.findings import Calibration
from evaluation.calibration.markup import Markup, element
from evaluation.calibration.page.acquisition import acquisition
from evaluation.calibration.page.claims import claims
from evaluation.calibration.page.controls import controls
from evaluation.calibration.page.groups import groups
from evaluation.calibration.page.identification import identification
from evaluation.calibration.page.method import method, provenance
from evaluation.calibration.page.parts import paragraph
from evaluation.calibration.page.sensitivity import sensitivity
from evaluation.calibration.page.verification import verification

_STYLE: Final = Path(__file__).with_name("style.css").read_text("utf-8")
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def page(calibration: Calibration, digest: str) -> str:
    """Return report.html; `digest` is that of the calibration, as report.json has it."""
    title = f"Calibration of {calibration.machinery.pack} on {calibration.dataset.name}"
    main = element(
        "main",
        _header(calibration, title),
        claims(calibration),
        acquisition(calibration),
        verification(calibration),
        identification(calibration),
        groups(calibration),
        sensitivity(calibration),
        controls(calibration),
        method(calibration),
        provenance(calibration, digest),
    )
    return f"<!DOCTYPE html>\n{element('html', _head(title), element('body', main), lang='en')}\n"


def _head(title: str) -> Markup:
    policy = {"http-equiv": "Content-Security-Policy", "content": _POLICY}
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", **policy),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(_STYLE)),
    )


def _header(calibration: Calibration, title: str) -> Markup:
    day = f"{calibration.created_at:%d %B %Y}".lstrip("0")
    machinery = calibration.machinery
    known = [day, machinery.pipeline and f"pipeline {machinery.pipeline}", machinery.engine]
    byline = ", ".join(filter(None, known))
    return element("header", element("h1", title), paragraph(byline, kind="byline"))
