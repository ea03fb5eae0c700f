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
