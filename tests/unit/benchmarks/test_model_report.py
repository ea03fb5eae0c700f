"""docs/models.md holds what the result files hold, says where from, and what is missing."""

import json
import re
from pathlib import Path
from typing import Any

import cv2
import pytest

from benchmarks.models import main, merged
from benchmarks.report import page, pictures
from tests.unit.benchmarks.rows import PROVENANCE, accuracy, row

ROWS = [row("opencv_zoo"), row("buffalo_l", embed=33.25)]
FINDING = {
    "pack": "opencv_zoo",
    "what": "ours as shipped: times stock",
    "at_least": 3.0,
    "at_most": None,
    "measured": 3.5,
    "low": 3.25,
    "high": 3.75,
}
STOCK = PROVENANCE | {
    "targets": [FINDING | {"met": True}],
    "packs": {
        "opencv_zoo": {
            "CPU ms a photo": {"512 px": {"stock": 78.0, "at 640": 33.3, "shipped": 22.2}},
            "stock, CPU ms a photo by threads": {"one": 78.5, "default": 155.0},
            "accuracy": {"stock": {"portraits": accuracy(), "thumbnails": accuracy()}},
            "networks, CPU ms a run": {
                "detector 192": {"roof": 0.5, "ours": 1.5, "openvino": 2.5},
                "detector 256": {"roof": 1.5, "ours": 2.5, "openvino": 3.5},
                "recogniser 112": {"roof": 17.0, "ours": 20.0, "openvino": 19.0},
            },
        }
    },
}
GPU = PROVENANCE | {
    "gpu": "Some card",
    "packs": {
        "opencv_zoo": {
            "engine": "onnxruntime CUDA",
            "lowest cosine to CPU": 0.99987,
            "boxes differ by, px": 0.01,
            "start": {"canary": "passed", "warm-up, s": 2.0},
            "speed": {
                "GPU": {
                    "portraits": {
                        "64": {
                            "photos a second": 2345.0,
                            "decode": 0.25,
                            "detect": 0.125,
                            "align": 0.5,
                            "embed": 0.75,
                        }
                    }
                }
            },
            "bounds": {"256": {"held": 321.0, "lowest cosine to CPU": 0.99986}},
            "memory": {"batches": 3000, "first": 900.0, "last": 901.0, "grown": 1.0},
        }
    },
}


def page_of(folder: Path, **documents: Any) -> str:
    """Return the page made from result files of these names."""
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return page.render(folder)


@pytest.mark.parametrize(
    "told",
    [
        "Some CPU, 2 cores, avx2",  # where
        "2026-01-02 | abc1234",  # when, and of what
        "33.2",  # a stage
        "321 MB",
        "2.0 % [0.0, 5.0], 2 of 102",  # an error rate with its interval
        "7 of 102",  # thumbnails without a face
        "| 320 | 5 | 6 | 150 | 3 | 12 |",  # faces found
        "2: 19.0",  # a batch
        "0.9000 / 0.9500",  # what eight bits change
    ],
)
def test_the_page_holds_the_figures(tmp_path: Path, told: str) -> None:
    """Each section reads its own part of the rows."""
    assert told in page_of(tmp_path, models=ROWS)


def test_the_page_names_what_was_not_measured(tmp_path: Path) -> None:
    """Packs that no row tells of, and no others."""
    (line,) = (
        line for line in page_of(tmp_path, models=ROWS).splitlines() if "Not measured" in line
    )
    assert "`antelopev2`" in line
    assert "`buffalo_l`" not in line


def test_without_other_results_the_page_says_so(tmp_path: Path) -> None:
    """No GPU figures: it is told plainly. No race against stock: no section."""
    text = page_of(tmp_path, models=ROWS)
    assert "has not finished on any GPU" in text
    assert "## Against stock" not in text


@pytest.mark.parametrize(
    "told",
    [
        "| at least 3 | 3.5 | 3.25 to 3.75 | met |",
        "| 78 | 33.3 | 22.2 |",
        "| 78.5 | 155 |",
        "| opencv_zoo | stock | thumbnails | 0.001 | 0.3 | 2.0 % [0.0, 5.0], 2 of 102 |",
        "| detector 256 | 1.5 | 2.5 | 3.5 |",
        "| ours as shipped | 19 | 4.11 |",
        "Some card",
        "0.99987",
        "| opencv_zoo | GPU | portraits | 64 | 2345 | 0.25 | 0.125 | 0.5 | 0.75 |",
        "| opencv_zoo | 256 | 321 | 0.99986 |",
        "| 3000 | 900 | 901 | 1 |",
    ],
)
def test_other_results_have_their_sections(tmp_path: Path, told: str) -> None:
    """What `make bench-embedder` and `make bench-gpu` left is shown beside."""
    assert told in page_of(tmp_path, models=ROWS, embedder=STOCK, gpu=GPU)


def test_page_and_pictures_are_made_from_the_kept_rows(tmp_path: Path) -> None:
    """Without measuring: each picture the page shows is there, can be read, and is small."""
    (tmp_path / "models.json").write_text(json.dumps(ROWS))
    main(quick=False, render=True, results=tmp_path, docs=tmp_path)
    text, drawn = (tmp_path / "models.md").read_text(), sorted((tmp_path / "models").iterdir())
    assert sorted(re.findall(r"\]\(models/(.+)\)", text)) == [path.name for path in drawn]
    assert max(path.stat().st_size for path in drawn) < 150_000
    assert not [path for path in drawn if cv2.imread(str(path)) is None]
    assert json.loads((tmp_path / "models.json").read_text()) == ROWS


def test_a_pack_on_two_machines_is_named_with_each() -> None:
    """Else a picture would show two lines of one name."""
    rows = [row("opencv_zoo"), row("opencv_zoo", "Other CPU"), row("buffalo_l")]
    assert [pictures.label(each, rows) for each in rows] == [
        "opencv_zoo on Some CPU, 2 cores, avx2",
        "opencv_zoo on Other CPU, 2 cores, avx2",
        "buffalo_l",
    ]


def test_a_run_replaces_the_rows_of_its_own_machine() -> None:
    """What others measured elsewhere stays."""
    old = [row("opencv_zoo", embed=1.0), row("opencv_zoo", "Other CPU", embed=2.0)]
    rows = merged(old, [row("opencv_zoo", embed=3.0), row("buffalo_l", embed=4.0)])
    embedding = [each["figures"]["engines"]["auto"]["512 px"]["embed"] for each in rows]
    assert embedding == [2.0, 3.0, 4.0]
