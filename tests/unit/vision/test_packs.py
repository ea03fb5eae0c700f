"""What a pack is, and that nothing is loaded which is not what the manifest says."""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployments.vision.catalogue import KNOWN, OPENCV_ZOO
from deployments.vision.packs import Pack, PackError, WeightsFile, intact, write_manifest
from deployments.vision.packs import described as described_pack

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "packs.md"
DETECTOR, RECOGNISER = b"finds faces", b"makes vectors"
INSIGHTFACES = KNOWN["buffalo_sc"].detector


def sha256(content: bytes) -> str:
    """Return a digest as manifests write it."""
    return hashlib.sha256(content).hexdigest()


def described(folder: Path, name: str = "mine") -> Pack:
    """Return a small pack that is only described."""
    files = (
        WeightsFile(role="detector", kind="scrfd", name="det.onnx", sha256=sha256(DETECTOR)),
        WeightsFile(role="recogniser", kind="arcface", name="rec.onnx", sha256=sha256(RECOGNISER)),
    )
    return Pack(
        name=name,
        licence="ours",
        commercial_use=True,
        dimension=512,
        verify_threshold=0.2,
        identify_threshold=0.3,
        files=files,
        folder=folder,
    )


@pytest.fixture
def written(tmp_path: Path) -> Pack:
    """Return a small pack on disk, in the data directory `tmp_path`."""
    pack = described(tmp_path / "models" / "mine")
    pack.folder.mkdir(parents=True)
    pack.path(pack.detector).write_bytes(DETECTOR)
    pack.path(pack.recogniser).write_bytes(RECOGNISER)
    write_manifest(pack)
    return pack


def changed_manifest(pack: Pack, **changes: Any) -> None:
    """Rewrite some fields of a manifest; a value of None takes the field away."""
    manifest = pack.folder / "manifest.json"
    fields = json.loads(manifest.read_text()) | changes
    manifest.write_text(json.dumps({key: kept for key, kept in fields.items() if kept is not None}))


def relicensed(pack: Pack, licence: str, detector: WeightsFile) -> Pack:
    """Return a pack for commercial use under a licence, with another detector."""
    files = (detector, pack.recogniser)
    return replace(pack, licence=licence, commercial_use=True, files=files)


def test_a_pack_written_is_the_pack_loaded(written: Pack, tmp_path: Path) -> None:
    """A manifest carries all that describes a pack."""
    assert intact("mine", tmp_path) == written


def test_a_pack_can_be_named_by_its_folder(written: Pack, tmp_path: Path) -> None:
    """A path leads to a pack anywhere, also outside the data directory."""
    assert intact(str(written.folder), tmp_path / "elsewhere") == written


def test_files_may_lie_outside_the_folder(written: Pack, tmp_path: Path) -> None:
    """An absolute path in the manifest is followed, so read-only weights need no copy."""
    outside = tmp_path / "outside.onnx"
    outside.write_bytes(DETECTOR)
    detector = replace(written.detector, path=str(outside))
    write_manifest(replace(written, files=(detector, written.recogniser)))
    pack = intact("mine", tmp_path)
    assert pack.path(pack.detector) == outside


def test_a_digest_names_what_was_published_whatever_was_prepared() -> None:
    """Preparing a file, or listing files in another order, leaves the digest of the pack alone."""
    prepared = tuple(replace(file, path="p", loaded_sha256="0") for file in OPENCV_ZOO.files)
    assert replace(OPENCV_ZOO, files=prepared[::-1]).digest == OPENCV_ZOO.digest
    assert OPENCV_ZOO.digest.startswith("sha256:")


def test_other_weights_are_another_pack() -> None:
    """One changed file changes the digest, whatever the pack is called."""
    other = replace(OPENCV_ZOO.recogniser, sha256="0" * 64)
    assert replace(OPENCV_ZOO, files=(OPENCV_ZOO.detector, other)).digest != OPENCV_ZOO.digest


def test_a_model_carries_its_packs_name_digest_and_thresholds(written: Pack) -> None:
    """Answers name the pack that was loaded."""
    model = written.model
    assert (model.pack, model.digest, model.dimension) == ("mine", written.digest, 512)
    assert (model.verify_threshold, model.identify_threshold) == (0.2, 0.3)


def test_an_absent_pack_names_the_folder(tmp_path: Path) -> None:
    """One sentence says where a pack was looked for."""
    with pytest.raises(PackError, match=r"nowhere is no model pack: manifest.json is missing"):
        intact("nowhere", tmp_path)


def test_a_missing_file_names_it_and_the_remedy(written: Pack, tmp_path: Path) -> None:
    """One sentence says what is missing and where it belongs."""
    written.path(written.detector).unlink()
    remedy = f"det.onnx is missing. Put det.onnx and rec.onnx into {written.folder}."
    with pytest.raises(PackError, match=re.escape(remedy)):
        intact("mine", tmp_path)


@pytest.mark.parametrize("role", ["detector", "recogniser"])
def test_a_changed_file_is_never_loaded(written: Pack, tmp_path: Path, role: str) -> None:
    """Weights must have the digest the manifest records."""
    written.path(getattr(written, role)).write_bytes(b"something else")
    with pytest.raises(PackError, match="is not what was recorded"):
        intact("mine", tmp_path)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"licence": None}, "licence"),
        ({"dimension": "wide"}, "dimension"),
        ({"files": []}, "one detector and one recogniser"),
    ],
)
def test_a_manifest_that_cannot_be_read_says_which_field(
    written: Pack, tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    """A mistake in a custom manifest is named, in one line."""
    changed_manifest(written, **changes)
    with pytest.raises(PackError, match=complaint) as caught:
        intact("mine", tmp_path)
    assert "\n" not in str(caught.value)


def test_a_manifest_that_is_no_json_is_refused(written: Pack, tmp_path: Path) -> None:
    """Garbage in place of a manifest is one clear sentence too."""
    (written.folder / "manifest.json").write_text("{")
    with pytest.raises(PackError, match="cannot be read"):
        intact("mine", tmp_path)


def test_a_known_name_is_reserved_for_the_published_files(tmp_path: Path) -> None:
    """Other weights cannot pass for a published pack."""
    impostor = described(tmp_path / "models" / "buffalo_l", name="buffalo_l")
    impostor.folder.mkdir(parents=True)
    write_manifest(impostor)
    with pytest.raises(PackError, match="is not buffalo_l as published"):
        intact("buffalo_l", tmp_path, KNOWN)


def test_a_known_name_is_reserved_wherever_the_pack_lies(written: Pack, tmp_path: Path) -> None:
    """A folder of another name cannot take it either."""
    changed_manifest(written, name="opencv_zoo")
    with pytest.raises(PackError, match="is not opencv_zoo as published"):
        intact(str(written.folder), tmp_path, KNOWN)


def test_a_published_pack_keeps_its_licence_in_any_folder(tmp_path: Path) -> None:
    """What has its name and its files is that pack, and its own licence holds."""
    manifest = replace(
        KNOWN["buffalo_l"], folder=tmp_path, licence=OPENCV_ZOO.licence, commercial_use=True
    )
    write_manifest(manifest)
    assert described_pack(str(tmp_path), tmp_path, KNOWN) == replace(
        KNOWN["buffalo_l"], folder=tmp_path
    )


@pytest.mark.parametrize(
    "detector",
    [INSIGHTFACES, replace(INSIGHTFACES, sha256="0" * 64, loaded_sha256=INSIGHTFACES.sha256)],
    ids=["as published", "as prepared"],
)
def test_no_open_licence_covers_a_file_published_under_another(
    written: Pack, tmp_path: Path, detector: WeightsFile
) -> None:
    """A manifest of one's own name that puts insightface's detector under MIT is refused."""
    write_manifest(relicensed(written, OPENCV_ZOO.licence, detector))
    with pytest.raises(PackError, match=r"published under insightface-non-commercial: name that"):
        described_pack("mine", tmp_path, KNOWN)


def test_a_licence_that_was_bought_is_taken_at_its_word(written: Pack, tmp_path: Path) -> None:
    """Under a name of its own it may allow what the published one does not."""
    bought = relicensed(written, "acme-2026-11", INSIGHTFACES)
    write_manifest(bought)
    assert described_pack("mine", tmp_path, KNOWN) == bought


def test_a_known_pack_keeps_its_licence(written: Pack, tmp_path: Path) -> None:
    """A manifest in the folder of a known pack may tell what was prepared, and nothing else."""
    known = replace(written, folder=Path(), licence="strict", commercial_use=False)
    changed_manifest(written, licence="lax", verify_threshold=0.0)
    pack = intact("mine", tmp_path, {"mine": known})
    assert (pack.licence, pack.commercial_use, pack.verify_threshold) == ("strict", False, 0.2)


def test_a_manifest_cannot_loosen_a_licence_that_is_known(written: Pack, tmp_path: Path) -> None:
    """Commercial use under the name of a licence that forbids it is a mistake, and told."""
    changed_manifest(written, licence="insightface-non-commercial", commercial_use=True)
    with pytest.raises(PackError, match="contradicts its licence insightface-non-commercial"):
        intact("mine", tmp_path)


def test_a_pack_is_described_without_its_weights(written: Pack, tmp_path: Path) -> None:
    """Its licence can be read before anything is downloaded."""
    written.path(written.detector).unlink()
    assert described_pack("mine", tmp_path) == written


def test_the_manifest_in_the_documentation_is_one(tmp_path: Path) -> None:
    """What docs/packs.md shows can be copied, and its two files are all that is missing."""
    (example,) = re.findall(r"```json\n(.+?)```", DOCUMENTATION.read_text(), re.DOTALL)
    (tmp_path / "manifest.json").write_text(example)
    pack = described_pack(str(tmp_path), tmp_path)
    assert pack.path(pack.detector) == tmp_path / "det.onnx"
    assert pack.path(pack.recogniser) == Path("/srv/weights/rec.onnx")


@pytest.mark.parametrize("pack", KNOWN.values(), ids=KNOWN.keys())
def test_the_documentation_lists_every_known_pack(pack: Pack) -> None:
    """By its name, with its licence and whether commercial use is allowed."""
    lines = DOCUMENTATION.read_text().splitlines()
    (line,) = (line for line in lines if line[0:1] == "|" and f"`{pack.name}`" in line)
    use = "yes" if pack.commercial_use else "no"
    assert line.endswith(f"| {pack.dimension} | `{pack.licence}` | {use} |")


def test_a_known_pack_needs_no_manifest(written: Pack, tmp_path: Path) -> None:
    """A folder as a model zoo unpacks it is loaded by what is known of it."""
    (written.folder / "manifest.json").unlink()
    assert intact("mine", tmp_path, {"mine": replace(written, folder=Path())}) == written
