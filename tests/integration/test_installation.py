"""Installing from a zoo: whatever it sends or fails to, a pack appears whole, or not at all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from insightface.utils import storage

from deployments.vision import zoo as zoo_module
from deployments.vision.acceptance import acceptances
from deployments.vision.catalogue import FROM_ZOO, KNOWN
from deployments.vision.installation import install
from deployments.vision.packs import Pack, PackError
from tests.integration.small_zoo import (
    DETECTOR,
    GOOD,
    RECOGNISER,
    TINY,
    Zoo,
    open_zoo,
    zipped,
)
from tests.unit.cli.model_commands import empty_home, run

ACCEPTED = {TINY.licence}


@pytest.fixture
def zoo(monkeypatch: pytest.MonkeyPatch) -> Iterator[Zoo]:
    """Yield a zoo that insightface takes for its own, and in which there is a tiny pack."""
    monkeypatch.setitem(FROM_ZOO, TINY.name, TINY)
    monkeypatch.setitem(KNOWN, TINY.name, TINY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with open_zoo() as zoo:
        monkeypatch.setattr(storage, "MODEL_ZOO_RELEASE_DOWNLOAD_URL", zoo.url)
        yield zoo


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield the data directory that commands find: an empty one."""
    with empty_home(tmp_path / "home", monkeypatch) as home:
        yield home


def installed(data_dir: Path) -> Pack:
    """Install the tiny pack without a look at the progress."""
    return install(TINY.name, data_dir, lambda _here, _total: None, ACCEPTED)


def held(data_dir: Path) -> dict[str, bytes]:
    """Return every file of a data directory but locks and what was prepared, by its path there."""
    files = (path for path in data_dir.rglob("*") if path.is_file() and path.suffix != ".lock")
    files = (path for path in files if path.parent.name != "prepared")
    return {str(path.relative_to(data_dir)): path.read_bytes() for path in files}


WHOLE = {"models/tiny/det.onnx": DETECTOR, "models/tiny/rec.onnx": RECOGNISER}
LEFT = "models/.tiny.zip.partial"
# The first flag of each member's two headers.
ENCRYPTED = GOOD.replace(b"PK\3\4\x14\0\0", b"PK\3\4\x14\0\1").replace(
    b"PK\1\2\x14\3\x14\0\0", b"PK\1\2\x14\3\x14\0\1"
)


@pytest.mark.parametrize("moved", [False, True])
def test_a_pack_is_its_two_networks_and_no_more(zoo: Zoo, tmp_path: Path, moved: bool) -> None:
    """The archive and what else it holds are gone at the end; a zoo that has moved is followed."""
    zoo.moved = moved
    seen: list[tuple[int, int | None]] = []
    pack = install("tiny", tmp_path, lambda here, total: seen.append((here, total)), ACCEPTED)
    assert held(tmp_path) == WHOLE
    assert pack.digest == TINY.digest
    assert seen[-1] == (len(GOOD), len(GOOD))


def test_nothing_is_downloaded_before_the_licence_is_accepted(zoo: Zoo, tmp_path: Path) -> None:
    """The gate comes before the first byte."""
    with pytest.raises(PackError, match="was not accepted here"):
        install("tiny", tmp_path, lambda _here, _total: None)
    assert zoo.asked == []


def test_what_is_here_is_not_downloaded(zoo: Zoo, tmp_path: Path) -> None:
    """Files that were put into the folder by hand are enough."""
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "det.onnx").write_bytes(DETECTOR)
    (folder / "rec.onnx").write_bytes(RECOGNISER)
    assert installed(tmp_path).folder == folder
    assert zoo.asked == []


def test_two_who_install_at_once_download_once(zoo: Zoo, tmp_path: Path) -> None:
    """Whoever comes second waits for the pack and finds it whole."""
    with ThreadPoolExecutor(2) as pool:
        packs = list(pool.map(installed, [tmp_path] * 2))
    assert packs[0] == packs[1]
    assert zoo.asked == [None]


@pytest.mark.parametrize(("knows_ranges", "answer"), [(True, 206), (False, 200)])
def test_a_broken_download_goes_on(
    zoo: Zoo, tmp_path: Path, knows_ranges: bool, answer: int
) -> None:
    """The next try asks for what is missing; a server that sends all again is taken from zero."""
    zoo.breaks_after = 100
    with pytest.raises(PackError, match=r"could not be downloaded .* goes on where it stopped"):
        installed(tmp_path)
    assert held(tmp_path) == {LEFT: GOOD[:100]}
    zoo.breaks_after, zoo.knows_ranges = None, knows_ranges
    seen: list[tuple[int, int | None]] = []
    install("tiny", tmp_path, lambda here, total: seen.append((here, total)), ACCEPTED)
    assert (zoo.asked, zoo.answered) == ([None, "bytes=100-"], [200, answer])
    assert seen[-1] == (len(GOOD), len(GOOD))
    assert held(tmp_path) == WHOLE


@pytest.mark.parametrize(
    ("left", "asked"),
    [
        (GOOD, [f"bytes={len(GOOD)}-"]),
        (GOOD + b"of another", [f"bytes={len(GOOD) + 10}-", None]),
    ],
)
def test_a_whole_archive_is_not_downloaded_again(
    zoo: Zoo, tmp_path: Path, left: bytes, asked: list[str | None]
) -> None:
    """A crash after the last byte costs nothing; more bytes than there are cost a new download."""
    (tmp_path / "models").mkdir()
    (tmp_path / LEFT).write_bytes(left)
    installed(tmp_path)
    assert zoo.asked == asked
    assert held(tmp_path) == WHOLE


@pytest.mark.parametrize(
    ("archive", "why"),
    [
        (zipped({"det.onnx": DETECTOR, "rec.onnx": b"forged"}), "rec.onnx has another digest"),
        (zipped({"det.onnx": DETECTOR}), "it holds no rec.onnx"),
        (b"<html>not found, but 200</html>", "File is not a zip file"),
        (GOOD.replace(DETECTOR, DETECTOR[::-1]), "Bad CRC-32"),
        (ENCRYPTED, "is encrypted"),
    ],
)
def test_what_was_not_published_never_appears(
    zoo: Zoo, tmp_path: Path, archive: bytes, why: str
) -> None:
    """Wrong bytes are thrown away with one sentence, and a zoo that mends itself is good again."""
    zoo.archive = archive
    with pytest.raises(PackError, match="not tiny as published") as caught:
        installed(tmp_path)
    assert why in str(caught.value)
    assert f"put det.onnx and rec.onnx into {tmp_path / 'models' / 'tiny'}." in str(caught.value)
    assert held(tmp_path) == {}
    zoo.archive = GOOD
    installed(tmp_path)
    assert held(tmp_path) == WHOLE


def test_a_damaged_pack_outlives_a_failed_repair(zoo: Zoo, tmp_path: Path) -> None:
    """What lies in the folder is replaced by a good pack only."""
    damaged = tmp_path / "models" / "tiny" / "det.onnx"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"damaged")
    zoo.archive = zipped({"det.onnx": DETECTOR})
    with pytest.raises(PackError, match=r"holds no rec\.onnx"):
        installed(tmp_path)
    assert held(tmp_path) == {"models/tiny/det.onnx": b"damaged"}
    zoo.archive = GOOD
    installed(tmp_path)
    assert held(tmp_path) == WHOLE


def test_paths_in_an_archive_lead_nowhere(zoo: Zoo, tmp_path: Path) -> None:
    """Only the name of a member counts: nothing is written above or beside the pack's folder."""
    zoo.archive = zipped(
        {
            "../../det.onnx": DETECTOR,
            "../outside.onnx": b"beside",
            f"{tmp_path}/outside.onnx": b"above",
            f"{tmp_path}/rec.onnx": RECOGNISER,
        }
    )
    installed(tmp_path / "data")
    assert held(tmp_path) == {f"data/{path}": content for path, content in WHOLE.items()}


def test_one_sentence_says_what_to_do_without_a_network(
    zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody answers, the folder and the files to put there are named."""
    monkeypatch.setattr(storage, "MODEL_ZOO_RELEASE_DOWNLOAD_URL", "http://127.0.0.1:9/")
    with pytest.raises(PackError, match="could not be downloaded") as caught:
        installed(tmp_path)
    assert str(caught.value).endswith(
        f"put det.onnx and rec.onnx into {tmp_path / 'models' / 'tiny'}."
    )
    assert zoo.asked == []


@pytest.mark.parametrize("status", [404, 503])
def test_a_zoo_that_refuses_is_quoted(zoo: Zoo, tmp_path: Path, status: int) -> None:
    """The status is told, and the page that came with it is not taken for an archive."""
    zoo.failing = status
    with pytest.raises(PackError, match=f"the zoo answered {status}"):
        installed(tmp_path)
    assert held(tmp_path) == {}


def test_a_silent_zoo_is_not_waited_for(
    zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download that stands still ends."""
    monkeypatch.setattr(zoo_module, "TIMEOUT_SECONDS", 0.05)
    zoo.silent = True
    with pytest.raises(PackError, match=r"the zoo was silent for 0.05 s"):
        installed(tmp_path)


def test_the_command_installs_what_was_accepted(zoo: Zoo, home: Path) -> None:
    """Licence shown, acceptance recorded, pack in place: one command."""
    result = run("install", "tiny", "--accept-licence", TINY.licence)
    assert result.exit_code == 0
    assert "InsightFace project" in result.stdout
    assert result.stdout.endswith(f"tiny is ready in {home / 'models' / 'tiny'}\n")
    assert acceptances(home).keys() == {TINY.licence}
    assert zoo.asked == [None]


def test_the_command_fails_in_one_line(zoo: Zoo, home: Path) -> None:
    """Exit status 1 and the sentence; what was accepted stays accepted for the next try."""
    zoo.failing = 404
    result = run("install", "tiny", "--accept-licence", TINY.licence)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("facegraph: Pack tiny could not be downloaded")
    assert acceptances(home).keys() == {TINY.licence}
