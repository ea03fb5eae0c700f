"""The folder of a service's sockets and logs."""

import os
from pathlib import Path

import pytest

from config.session_folder import session_folder


def test_it_is_its_owners_alone(tmp_path: Path) -> None:
    """It is made closed, and closed again where somebody has opened it."""
    made = session_folder(tmp_path)
    made.chmod(0o777)

    assert session_folder(tmp_path) == made
    assert made.stat().st_mode & 0o777 == 0o700


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A link that somebody laid in the place of it leads nowhere."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / f"facegraph-{os.geteuid()}").symlink_to(tmp_path / "theirs")

    with pytest.raises(PermissionError, match="belongs to somebody else"):
        session_folder(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    """Whoever made it could look into it and change what lies in it."""
    os.chown(session_folder(tmp_path), 65534, 65534)

    with pytest.raises(PermissionError, match="belongs to somebody else"):
        session_folder(tmp_path)
