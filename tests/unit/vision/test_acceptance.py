"""The gate: no pack without commercial use is loaded before somebody accepted its licence."""

import json
import os
import pwd
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deployments.vision.acceptance import (
    RECORD,
    Acceptance,
    accept,
    acceptances,
    is_accepted,
    require,
)
from deployments.vision.catalogue import KNOWN, OPENCV_ZOO
from deployments.vision.packs import PackError

BUFFALO = KNOWN["buffalo_l"]
OURS = replace(BUFFALO, name="ours", licence="ours-only")


def test_the_refusal_says_how_to_accept(tmp_path: Path) -> None:
    """One line names the licence, the command that shows it, and both ways to accept it."""
    with pytest.raises(PackError) as caught:
        require(BUFFALO, tmp_path, ())
    told = str(caught.value)
    assert "\n" not in told
    assert "`facegraph models licence buffalo_l`" in told
    assert "`facegraph models install buffalo_l`" in told
    assert "FACEGRAPH_ACCEPTED_LICENCES=insightface-non-commercial" in told


def test_a_pack_free_for_all_use_needs_no_acceptance(tmp_path: Path) -> None:
    """The default pack is loaded without a question, and nothing is written."""
    require(OPENCV_ZOO, tmp_path, ())
    assert list(tmp_path.iterdir()) == []


def test_what_was_accepted_here_holds_for_all_packs_under_it(tmp_path: Path) -> None:
    """A licence is accepted, not a pack; another licence is not accepted with it."""
    accept(BUFFALO.licence, tmp_path)
    assert is_accepted(KNOWN["antelopev2"], tmp_path, ())
    assert not is_accepted(OURS, tmp_path, ())


@pytest.mark.parametrize(
    ("elsewhere", "loaded"), [({"ours-only"}, True), ({"ours"}, False), ((), False)]
)
def test_a_licence_may_be_accepted_elsewhere(
    tmp_path: Path, elsewhere: set[str], loaded: bool
) -> None:
    """What the environment accepts is matched by the licence's whole name."""
    assert is_accepted(OURS, tmp_path, elsewhere) is loaded


def test_the_record_says_when_and_by_whom(tmp_path: Path) -> None:
    """It is kept in UTC, under the user of the process, and for that user's eyes alone."""
    before = datetime.now(UTC).replace(microsecond=0)
    accepted = accept("ours-only", tmp_path)
    record = tmp_path / "models" / RECORD
    assert before <= accepted.accepted_at <= datetime.now(UTC)
    assert accepted.by == pwd.getpwuid(os.getuid()).pw_name
    assert acceptances(tmp_path) == {"ours-only": accepted}
    assert json.loads(record.read_text())["ours-only"]["accepted_at"].endswith("Z")
    assert stat.S_IMODE(record.stat().st_mode) == 0o600


def test_the_first_acceptance_is_the_one_that_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepting again, as a user without a name too, changes nothing but what is added."""
    first = accept("one", tmp_path)
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999_999)
    accept("one", tmp_path)
    accept("two", tmp_path)
    found = acceptances(tmp_path)
    assert (found["one"], found["two"].by) == (first, "3999999999")


def test_two_who_accept_at_once_are_both_recorded(tmp_path: Path) -> None:
    """One waits for the other: no acceptance is overwritten."""
    names = {f"licence-{number}" for number in range(8)}
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda name: accept(name, tmp_path), names))
    assert acceptances(tmp_path).keys() == names
    assert all(isinstance(each, Acceptance) for each in results)


def test_a_garbled_record_accepts_nothing(tmp_path: Path) -> None:
    """It is named, and what to do about it."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / RECORD).write_text('{"insightface-non-commercial": true}')
    with pytest.raises(PackError, match=r"licences.json cannot be read: remove it"):
        require(BUFFALO, tmp_path, ())
