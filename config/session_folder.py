"""Where Ray and HAProxy keep sockets, logs and configuration while a service runs."""

import os
import stat
from pathlib import Path


def session_folder_path(parent: Path = Path("/tmp")) -> Path:  # noqa: S108  see session_folder
    """Return where the folder is, or will be."""
    return parent / f"facegraph-{os.geteuid()}"


def session_folder(parent: Path = Path("/tmp")) -> Path:  # noqa: S108  the folder is checked
    """Return a folder that no other user can enter, made if it is not there.

    Ray opens its own in /tmp for everybody to write to, so whoever replaced a socket there would
    speak in its name. The path is short because that of a Unix socket ends after 107 characters.
    Raises PermissionError where another user was first to make it.
    """
    folder = session_folder_path(parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else: remove it")
    folder.chmod(0o700)
    return folder
