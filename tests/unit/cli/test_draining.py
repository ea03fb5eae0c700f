"""The drain, against a socket that answers like HAProxy's: what is waited for, and what is not."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest

from cli.draining import CALM_LOOKS, drain

PATIENCE = 5.0


class Admin:
    """The socket that takes HAProxy's commands; `busy` is what is under way, look by look."""

    def __init__(self, path: Path, busy: list[int]) -> None:
        self.busy = busy
        self.commands: list[str] = []
        self._path = path
        self._line = socket.socket(socket.AF_UNIX)
        self._line.bind(str(path))
        self._line.listen()
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            line, _ = self._line.accept()
            with closing(line):
                command = line.recv(1000).decode().strip()
                if not command:
                    return
                self.commands.append(command)
                if command == "show stat":
                    line.sendall(self._table())

    def _table(self) -> bytes:
        busy = self.busy.pop(0) if self.busy else 0
        return f"# pxname,svname,scur\nhttp,FRONTEND,9\nback,BACKEND,{busy}\n".encode()

    def close(self) -> None:
        """End it."""
        with closing(socket.socket(socket.AF_UNIX)) as line:
            line.connect(str(self._path))
        self._thread.join()
        self._line.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the socket is."""
    return tmp_path / "admin.sock"


@pytest.fixture
def admin(path: Path) -> Iterator[Admin]:
    """Yield one that says: two under way, none, one, and then none any more."""
    made = Admin(path, busy=[2, 0, 1])
    yield made
    made.close()


def test_until_it_is_calm(admin: Admin, path: Path) -> None:
    """One look at which nothing is under way is not enough; each look closes the listener again."""
    drain(path, PATIENCE)

    assert admin.commands.count("show stat") == 3 + CALM_LOOKS
    assert len(admin.commands) == 2 * admin.commands.count("show stat")
    assert admin.commands[0].startswith("disable frontend")


def test_no_longer_than_it_may_take(admin: Admin, path: Path) -> None:
    """Whoever never gets an answer keeps nobody."""
    admin.busy = [1] * 1000
    began = monotonic()
    drain(path, 0.2)

    assert 0.2 <= monotonic() - began < 2


def test_a_reload_is_waited_for(path: Path) -> None:
    """The socket may be away for a moment."""
    began: list[Admin] = []
    later = Thread(target=lambda: began.append(Admin(path, busy=[1])))
    later.start()
    drain(path, PATIENCE)
    later.join()
    (admin,) = began
    admin.close()

    assert admin.commands.count("show stat") == 1 + CALM_LOOKS


def test_without_haproxy(path: Path) -> None:
    """Where there is none, or it has died, the end is not put off."""
    began = monotonic()
    drain(path, PATIENCE)

    assert monotonic() - began < PATIENCE / 2
