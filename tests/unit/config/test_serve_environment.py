"""The flags Ray Serve is started with."""

from pathlib import Path

import pytest

from config import serve_environment as flags


def test_free_ports_are_different() -> None:
    """Ports asked for together never collide."""
    assert len(set(flags.free_ports(20))) == 20


def test_two_services_share_no_port_and_no_token() -> None:
    """What two services on one machine are started with does not meet.

    Ranges of replica ports may: Ray passes over a port that is taken.
    """
    one, two = (flags.serve_environment() for _ in range(2))
    ports = {name for name in one if name.endswith("_PORT") and "DIRECT_INGRESS" not in name}

    assert len(ports) == 6
    assert not [name for name in ports if one[name] == two[name]]
    assert one["RAY_AUTH_TOKEN"] != two["RAY_AUTH_TOKEN"]


def test_sockets_have_room_in_their_paths() -> None:
    """The longest path of a socket, in the folder of the highest user id, ends in time."""
    folder = Path(f"/tmp/facegraph-{2**32 - 2}")  # noqa: S108  only its length counts
    socket = Path(flags.one_machine(folder)["RAY_SERVE_HAPROXY_SOCKET_PATH"])
    node, draft = "f" * 56, f"{socket.name}.{2**22}.tmp"

    assert len(str(socket.parent / node / draft)) <= 107


def test_fast_mode_needs_haproxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the HAProxy wheel the fast mode is off as a whole: half of it answers nobody."""
    monkeypatch.setattr(flags, "find_spec", lambda _: None)

    assert not set(flags.FAST_MODE) & set(flags.serve_environment())
