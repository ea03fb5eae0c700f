"""Real photos of a running service by source: a camera that goes bad shows, one beside it not."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from evaluation.drift import Counts, of_failures, of_scores
from tests.acceptance.conftest import ROOT, Running, enrol, eventually

LONDON = Path(os.environ.get("FACEGRAPH_SHARED", ROOT.parent / "shared")) / "faces" / "london"
BEFORE, AFTER = 210, 60
FOCUS = 7.0
"""Pixels of blur, with which nearly all are still found."""

Page = dict[str, dict[str, float]]
"""Of each series of a source, by the label that tells them apart."""


def blurred(photo: bytes) -> bytes:
    """Take the photo with a lens that is out of focus."""
    pixels = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return cv2.imencode(".jpg", cv2.GaussianBlur(pixels, (0, 0), FOCUS))[1].tobytes()


def black() -> bytes:
    """Return a photo of a hand before the lens."""
    return cv2.imencode(".jpg", np.zeros((512, 512, 3), np.uint8))[1].tobytes()


@pytest.fixture(scope="module")
def people() -> list[tuple[bytes, bytes]]:
    """Return two photos of each of a hundred people; skips where they are not there."""
    first = sorted(LONDON.glob("*_neutral.jpg"))
    if not first:
        pytest.skip(
            f"no photos in {LONDON}: FACEGRAPH_SHARED names the folder that has faces/london"
        )
    second = [LONDON / photo.name.replace("neutral", "smiling") for photo in first]
    return [
        (one.read_bytes(), other.read_bytes()) for one, other in zip(first, second, strict=True)
    ]


def identify(up: Running, collection: str, source: str, photos: Sequence[bytes]) -> None:
    """Send photos as of a source, some at a time."""
    headers = {"Content-Type": "image/jpeg", "X-Facegraph-Source": source}

    def send(photo: bytes) -> httpx.Response:
        return up.client.post(f"{collection}/identify", headers=headers, content=photo)

    with ThreadPoolExecutor(4) as senders:
        answers = [each.status_code for each in senders.map(send, photos)]
    assert set(answers) <= {200, 422}


def told(up: Running, source: str) -> Page:
    """Return what the page tells of a source."""
    page = httpx.get(f"{up.url}/metrics", trust_env=False).text
    found: Page = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = sample.labels
            if labels.get("source") == source and labels.get("decision", "match") == "match":
                part = labels.get("le") or labels.get("outcome") or "all"
                found.setdefault(sample.name, {})[part] = sample.value
    return found


def has_counted(up: Running, source: str, photos: int) -> bool:
    """Tell whether so many photos of a source have been counted."""
    return sum(told(up, source).get("facegraph_source_photos_total", {}).values()) == photos


def counts(page: Page) -> dict[str, Counts]:
    """Return the histograms of a source as the rules see them."""
    outcomes = page["facegraph_source_photos_total"]
    every = sum(outcomes.values())
    return {
        "quality": np.array([*page["facegraph_source_quality_bucket"].values()]),
        "similarity": np.array([*page["facegraph_source_similarity_bucket"].values()]),
        "acquisition": np.array([every - outcomes["acquired"], every]),
    }


def alarms(recent: Page, reference: Page) -> set[str]:
    """Return the signals of a source that are worse than those of another."""
    found, before = counts(recent), counts(reference)
    return {
        signal
        for signal, drift in (
            ("quality", of_scores),
            ("similarity", of_scores),
            ("acquisition", of_failures),
        )
        if drift(found[signal], before[signal]) >= 1
    }


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_camera_that_goes_bad_shows(
    service: Running, collection: str, people: list[tuple[bytes, bytes]]
) -> None:
    """Out of focus the scores alarm, with a hand before it the failures; a good one is silent."""
    for number, (photo, _) in enumerate(people):
        assert enrol(service.client, collection, f"p{number}", photo).status_code == 201
    good = list(islice(cycle(photo for _, photo in people), BEFORE))
    now = good[: 2 * AFTER : 2]
    sent = {
        "as-it-was": good,
        "good": now,
        "out-of-focus": [blurred(photo) for photo in now],
        "covered": [*now[AFTER // 3 :], *[black()] * (AFTER // 3)],
    }
    for source, photos in sent.items():
        identify(service, collection, source, photos)
    for source, photos in sent.items():
        eventually(partial(has_counted, service, source, len(photos)))
    before = told(service, "as-it-was")
    found = {source: alarms(told(service, source), before) for source in sent}

    assert found == {
        "as-it-was": set(),
        "good": set(),
        "out-of-focus": {"quality", "similarity"},
        "covered": {"acquisition"},
    }
