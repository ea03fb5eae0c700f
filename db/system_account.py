"""Who the built-in server runs as: PostgreSQL refuses to be root, so root hands it to another user.

The user is the one the server's package names as well, made once a machine and without a password.
"""

import os
import pwd
import stat
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

ACCOUNT = "pgserver"


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess.run` that change who a child is; empty where nothing changes."""

    user: int
    group: int
    extra_groups: list[int]


def server_account() -> pwd.struct_passwd | None:
    """Return the account the server gets, made if need be; None where we are not root."""
    if os.geteuid() != 0:
        return None
    if not _exists():
        # Somebody beside us may be making it too: what counts is that it is there afterwards.
        with suppress(subprocess.CalledProcessError):
            subprocess.run(  # noqa: S603
                ["useradd", "--system", "--no-create-home", ACCOUNT],  # noqa: S607
                check=True,
                capture_output=True,
            )
    return pwd.getpwnam(ACCOUNT)


def run_as(account: pwd.struct_passwd | None) -> RunAs:
    """Return how a child becomes that account, with none of root's groups left."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def hand_over(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Make the folder private to the account, and reachable for it."""
    folder.chmod(0o700)
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    let_through(folder, account)


def let_through(path: Path, account: pwd.struct_passwd | None) -> None:
    """Let other users traverse, though not list, the folders above what the account must reach."""
    for parent in path.resolve().parents if account is not None else ():
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _exists() -> bool:
    return any(entry.pw_name == ACCOUNT for entry in pwd.getpwall())
