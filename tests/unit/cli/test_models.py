"""`facegraph models`: what an operator sees of packs."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.models import app
from deployments.vision.catalogue import KNOWN, OPENCV_ZOO
from deployments.vision.packs import Pack, write_manifest


@pytest.fixture
def hollow(at_home: Path) -> Iterator[Path]:
    """Put a custom pack without weights beside the good one, for one test."""
    folder = at_home / "models" / "hollow"
    folder.mkdir()
    write_manifest(replace(OPENCV_ZOO, name="hollow", folder=folder))
    yield folder
    shutil.rmtree(folder)


def run(*arguments: str) -> Result:
    """Run the command on a terminal wide enough for a row a line."""
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})


def row(output: str, name: str) -> list[str]:
    """Return the cells of a pack's row."""
    line = next(line for line in output.splitlines() if f" {name} " in line)
    return [cell.strip() for cell in line.strip("│").split("│")]


@pytest.mark.usefixtures("hollow")
def test_list_shows_every_pack_known_or_present() -> None:
    """A pack that is ready, one that is not here and one that is damaged are told apart."""
    output = run("list").output
    assert KNOWN.keys() <= {name for name in KNOWN if row(output, name)}
    assert row(output, "opencv_zoo")[1:] == ["128", OPENCV_ZOO.licence, "yes", "ready"]
    assert row(output, "buffalo_l")[3:] == ["no", "not here"]
    assert "is missing" in row(output, "hollow")[-1]


def test_list_says_what_is_wrong_with_a_known_pack(at_home: Path) -> None:
    """A folder that is there but not whole is not called absent."""
    broken = at_home / "models" / "buffalo_s"
    broken.mkdir()
    output = run("list").output
    broken.rmdir()
    assert "det_500m.onnx is missing" in row(output, "buffalo_s")[-1]


def test_prepare_says_where_the_pack_lies(at_home: Path) -> None:
    """Without a name it is the default pack; once it is there, nothing is done again."""
    result = run("prepare")
    assert result.exit_code == 0
    assert result.output == f"opencv_zoo is ready in {at_home / 'models' / 'opencv_zoo'}\n"


@pytest.mark.usefixtures("at_home")
def test_verify_lists_files_and_the_packs_digest(default_pack: Pack) -> None:
    """The digests are those of the published files, as answers and OpenCV Zoo have them."""
    lines = run("verify", "opencv_zoo").output.splitlines()
    assert [line.split()[0] for line in lines] == ["detector", "recogniser", "opencv_zoo"]
    assert lines[-1].endswith(default_pack.digest)


@pytest.fixture
def own(at_home: Path, tmp_path: Path) -> Iterator[list[str]]:
    """Yield the options that name weights of one's own, and remove the pack made of them."""
    weights = [tmp_path / "det.onnx", tmp_path / "rec.onnx"]
    weights[0].write_bytes(b"a detector")
    weights[1].write_bytes(b"a recogniser")
    yield ["--detector", str(weights[0]), "--recogniser", str(weights[1])]
    shutil.rmtree(at_home / "models" / "own", ignore_errors=True)


def test_weights_of_ones_own_become_a_pack(own: list[str], at_home: Path) -> None:
    """It is known by its name from then on, and intact for as long as the files are."""
    result = run("adopt", "own", *own, "--like", "buffalo_l")
    assert result.output == (
        f"own is described in {at_home / 'models' / 'own'}\nIn serve_config.yaml put `pack: own`\n"
    )
    assert "own is intact" in run("verify", "own").output
    assert row(run("list").output, "own")[1:] == ["512", KNOWN["buffalo_l"].licence, "no", "ready"]


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("buffalo_l", "buffalo_l"),
        ("../own", "buffalo_l"),
        (".own", "buffalo_l"),
        ("own", "other"),
        ("", "buffalo_l"),
    ],
)
def test_a_pack_of_ones_own_has_its_own_name(
    own: list[str], at_home: Path, name: str, like: str
) -> None:
    """Names of known packs, paths and packs like no known one are refused, and nothing is made."""
    before = sorted(at_home.rglob("*"))
    result = run("adopt", name, *own, "--like", like)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert sorted(at_home.rglob("*")) == before


def test_a_pack_that_cannot_be_made_is_put_in_place(at_home: Path) -> None:
    """The sentence names the files and their folder, not the command that has just failed."""
    assert run("prepare", "buffalo_l").stderr.endswith(
        f"Put det_10g.onnx and w600k_r50.onnx into {at_home / 'models' / 'buffalo_l'}.\n"
    )


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("command", ["verify", "prepare"])
@pytest.mark.parametrize("name", ["buffalo_l", "no_such_pack"])
def test_what_cannot_be_used_is_one_sentence(command: str, name: str) -> None:
    """Exit status 1, one line on stderr, no traceback."""
    result = run(command, name)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("facegraph: ")
    assert result.stderr.count("\n") == 1
