"""`facegraph models`: what an operator sees of packs."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deployments.vision.catalogue import KNOWN, OPENCV_ZOO
from deployments.vision.packs import Pack, write_manifest
from tests.unit.cli.model_commands import LICENCE, row, run


@pytest.fixture
def hollow(at_home: Path) -> Iterator[Path]:
    """Put a custom pack without weights beside the good one, for one test."""
    folder = at_home / "models" / "hollow"
    folder.mkdir()
    write_manifest(replace(OPENCV_ZOO, name="hollow", folder=folder))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.usefixtures("hollow")
def test_list_shows_every_pack_known_or_present() -> None:
    """A pack that is ready, one that is not here and one that is damaged are told apart."""
    output = run("list").output
    assert KNOWN.keys() <= {name for name in KNOWN if row(output, name)}
    free = ["128", OPENCV_ZOO.licence, "not needed", "ready"]
    assert row(output, "opencv_zoo")[1:] == free
    assert row(output, "buffalo_l")[3:] == ["no", "not here"]
    assert "is missing" in row(output, "hollow")[-1]


def test_list_says_what_is_wrong_with_a_known_pack(at_home: Path) -> None:
    """A folder that is there but not whole is not called absent."""
    broken = at_home / "models" / "buffalo_s"
    broken.mkdir()
    output = run("list").output
    broken.rmdir()
    assert "det_500m.onnx is missing" in row(output, "buffalo_s")[-1]


def test_list_says_that_the_record_of_licences_is_garbled(new_home: Path) -> None:
    """One sentence, and what to do about it; no traceback."""
    record = new_home / "models" / "licences.json"
    record.parent.mkdir()
    record.write_text("{")
    result = run("list")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"facegraph: {record} cannot be read: remove it")


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


def test_weights_of_ones_own_become_a_pack(own: list[str], new_home: Path) -> None:
    """It is known by its name from then on, and intact for as long as the files are."""
    accepted = ["--accept-licence", LICENCE]
    result = run("adopt", "own", *own, "--like", "buffalo_l", *accepted)
    assert result.output.endswith(
        f"own is described in {new_home / 'models' / 'own'}\nIn serve_config.yaml put `pack: own`\n"
    )
    assert "own is intact" in run("verify", "own").output
    assert row(run("list").output, "own")[1:] == ["512", LICENCE, "yes", "ready"]


@pytest.mark.parametrize(
    ("name", "like", "licence"),
    [
        ("buffalo_l", "buffalo_l", LICENCE),
        ("../own", "buffalo_l", LICENCE),
        (".own", "buffalo_l", LICENCE),
        ("own", "other", LICENCE),
        ("", "buffalo_l", LICENCE),
        ("own", "buffalo_l", "MIT"),
    ],
)
def test_a_pack_of_ones_own_has_its_own_name_and_a_licence(
    own: list[str], new_home: Path, name: str, like: str, licence: str
) -> None:
    """Names of known packs, paths, models nobody knows and other licences leave nothing behind."""
    result = run("adopt", name, *own, "--like", like, "--accept-licence", licence)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert list(new_home.iterdir()) == []


def test_a_pack_that_cannot_be_made_is_put_in_place(at_home: Path) -> None:
    """The sentence names the files and their folder, not the command that has just failed."""
    assert run("prepare", "buffalo_l").stderr.endswith(
        f"or put det_10g.onnx and w600k_r50.onnx into {at_home / 'models' / 'buffalo_l'}.\n"
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
