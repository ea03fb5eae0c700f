"""Who the built-in server runs as."""

import os
import pwd
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from db import system_account
from db.system_account import hand_over, run_as, server_account


def test_whoever_is_not_root_runs_it_as_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nobody else to become."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert server_account() is None
    assert run_as(None) == {}


def test_root_keeps_none_of_its_groups() -> None:
    """A child that changed its user alone would still read what root's group may."""
    nobody = pwd.getpwnam("nobody")
    assert run_as(nobody) == {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def test_an_account_somebody_else_just_made_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two first starts at the same moment one finds that the account exists already."""

    def too_late(*_arguments: object, **_options: object) -> None:
        raise subprocess.CalledProcessError(9, "useradd")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(system_account, "ACCOUNT", "nobody")
    monkeypatch.setattr(system_account, "_exists", lambda: False)
    monkeypatch.setattr(subprocess, "run", too_late)
    assert server_account() == pwd.getpwnam("nobody")


def test_a_folder_handed_over_is_private_and_reachable() -> None:
    """Only its owner may look in; the folders above let pass, and are not opened to be listed."""
    with TemporaryDirectory() as above:
        folder = Path(above) / "inner"
        folder.mkdir()
        hand_over(folder, pwd.getpwuid(os.geteuid()))
        assert folder.stat().st_mode & 0o777 == 0o700
        assert Path(above).stat().st_mode & 0o777 == 0o701


def test_a_folder_that_stays_ours_opens_nothing_above() -> None:
    """Without another user there is nobody to let through."""
    with TemporaryDirectory() as above:
        folder = Path(above) / "inner"
        folder.mkdir()
        hand_over(folder, None)
        assert Path(above).stat().st_mode & 0o777 == 0o700
