"""What is said of models and engines."""

import json
from pathlib import Path

import pytest

from cli.doctor import models
from cli.doctor.case import Case
from deployments.vision.packs import Pack, PackError
from tests.networks import network, write_liveness_model
from tests.unit.cli.doctor.cases import MakeCase, only, shipped_with

NETWORK = network("liveness")


def test_a_pack_that_is_not_made_yet(make: MakeCase) -> None:
    """The first start makes the default one from what is installed; nothing is made now."""
    case = make()
    finding = only(models.pack(case))

    assert (finding.level, "made at the first start" in finding.found) == ("good", True)
    assert not case.data_dir.exists()


def test_a_default_pack_that_cannot_be_made(
    make: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package that carries it is missing, or another."""

    def missing(_: object) -> Path:
        raise PackError("The package is not installed.")

    monkeypatch.setattr(models, "published", missing)
    assert only(models.pack(make())).level == "bad"


def test_a_pack_that_is_whole(make: MakeCase, data_dir: Path, default_pack: Pack) -> None:
    """By its digest."""
    finding = only(models.pack(make(FACEGRAPH_DATA_DIR=str(data_dir))))

    assert finding.level == "good"
    assert default_pack.digest[:19] in finding.found


def test_a_default_pack_that_is_damaged(make: MakeCase) -> None:
    """The next start makes it anew."""
    case = make()
    (case.data_dir / "models" / "opencv_zoo").mkdir(parents=True)
    assert only(models.pack(case)).level == "doubtful"


@pytest.mark.parametrize("name", ["buffalo_l", "no_such_pack"])
def test_a_pack_that_is_not_here(make: MakeCase, name: str) -> None:
    """The service would not start."""
    case = make(config=shipped_with(("pack: opencv_zoo", f"pack: {name}")))
    finding = only(models.pack(case))

    assert (finding.level, name in finding.found) == ("bad", True)


def test_a_licence_that_nobody_accepted(make: MakeCase, data_dir: Path, custom_pack: Pack) -> None:
    """Whole is not enough; and accepted, it is told that it was."""
    config = shipped_with(("pack: opencv_zoo", f"pack: {custom_pack.name}"))
    environment = {"FACEGRAPH_DATA_DIR": str(data_dir)}
    refused = only(models.pack(make(config=config, **environment)))
    accepting = {"FACEGRAPH_ACCEPTED_LICENCES": custom_pack.licence}
    accepted = only(models.pack(make(config=config, **environment, **accepting)))

    assert (refused.level, "was not accepted" in refused.found) == ("bad", True)
    assert (accepted.level, accepted.found.endswith(", accepted")) == ("good", True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("device: auto", "device: cuda")], "needs num_gpus"),
        ([("num_cpus: 0.4", "num_gpus: 1.0")], "onnxruntime-gpu"),
    ],
)
def test_a_device_that_is_not_here(
    make: MakeCase, changes: list[tuple[str, str]], told: str
) -> None:
    """As the start would say."""
    finding = only(models.engine(make(config=shipped_with(*changes))))
    assert (finding.level, told in finding.found) == ("bad", True)


def test_engines(make: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed is named; where nothing is, nothing runs."""
    finding = only(models.engine(make()))
    monkeypatch.setattr(models, "ENGINES", ("no-such-engine",))
    none = only(models.engine(make()))

    assert finding.level == "good"
    assert finding.found.startswith("auto on cpu; onnxruntime")
    assert none.level == "bad"


@pytest.fixture
def lively(make: MakeCase, tmp_path: Path) -> tuple[Case, Path]:
    """Return a case whose graph names a liveness model, and the model's folder."""
    folder = write_liveness_model(tmp_path / "model", NETWORK)
    return make(config=shipped_with(("liveness: null", f"liveness: {folder}"))), folder


def test_a_liveness_model(lively: tuple[Case, Path], make: MakeCase) -> None:
    """Whole; or none, which is told."""
    assert only(models.liveness(lively[0])).level == "good"
    assert "not looked for" in only(models.liveness(make())).found


def test_a_liveness_model_that_is_damaged(lively: tuple[Case, Path]) -> None:
    """It is not what its manifest says."""
    case, folder = lively
    manifest = folder / "liveness.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"sha256": "0" * 64}))
    finding = only(models.liveness(case))

    assert (finding.level, "damaged" in finding.found) == ("bad", True)
