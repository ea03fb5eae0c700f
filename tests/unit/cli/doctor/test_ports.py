"""What is said of ports, and of what a killed service left."""

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cli.doctor import ports
from cli.leftovers import MARK, mark
from config.serve_environment import free_ports
from tests.unit.cli.doctor.cases import MakeCase, only
from tests.unit.cli.test_leftovers import marked_process

DEAD_OWNER = "999999999:1"
LISTENER = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def taken() -> Iterator[int]:
    """Yield a port on which this process listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port(make: MakeCase) -> None:
    """It is tried, and let go."""
    (port,) = free_ports(1)
    finding = only(ports.service_port(make(FACEGRAPH_PORT=str(port))))

    assert (finding.level, finding.found) == ("good", f"127.0.0.1:{port} is free")
    assert ports._refusal("127.0.0.1", port) is None


def test_any_port(make: MakeCase) -> None:
    """There is nothing to look at."""
    assert only(ports.service_port(make(FACEGRAPH_PORT="0"))).level == "good"


def test_a_port_that_somebody_has(make: MakeCase, taken: int) -> None:
    """Who has it is told."""
    finding = only(ports.service_port(make(FACEGRAPH_PORT=str(taken))))

    assert finding.level == "bad"
    assert f"127.0.0.1:{taken} is taken by python" in finding.found
    assert f"(process {os.getpid()})" in finding.found


@pytest.mark.parametrize(("lives", "level"), [(True, "good"), (False, "doubtful")])
def test_a_port_of_our_own(make: MakeCase, lives: bool, level: str) -> None:
    """The service's own is as it should be; what a killed one left is ended by the next start."""
    data_dir = make().data_dir
    owner = mark(data_dir) if lives else f"{data_dir}:{DEAD_OWNER}"
    with subprocess.Popen(
        [sys.executable, "-c", LISTENER],
        env=os.environ | {MARK: owner},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        finding = only(ports.service_port(make(FACEGRAPH_PORT=port)))
        process.kill()

    assert finding.level == level


@pytest.mark.parametrize(
    ("code", "told"), [(errno.EACCES, "may not listen"), (errno.EADDRNOTAVAIL, "nobody can listen")]
)
def test_an_address_that_cannot_be_had(
    make: MakeCase, monkeypatch: pytest.MonkeyPatch, code: int, told: str
) -> None:
    """Low ports are the system's, and other machines' addresses theirs."""
    monkeypatch.setattr(ports, "_refusal", lambda *_: code)
    finding = only(ports.service_port(make()))

    assert (finding.level, told in finding.found) == ("bad", True)


def test_an_address_of_another_machine() -> None:
    """The system refuses it."""
    assert ports._refusal("192.0.2.1", 8000) == errno.EADDRNOTAVAIL


def test_rays_ports(make: MakeCase, monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    """One that is taken concerns `ray start` alone, so it has not to be mended."""
    (free,) = free_ports(1)
    monkeypatch.setattr(ports, "RAY_PORTS", {free: "GCS"})
    good = only(ports.ray_ports(make()))
    monkeypatch.setattr(ports, "RAY_PORTS", {taken: "GCS"})
    finding = only(ports.ray_ports(make()))

    assert good.level == "good"
    assert (finding.level, f"{taken} (GCS) by python" in finding.found) == ("doubtful", True)


def test_no_leftovers(make: MakeCase) -> None:
    """Nobody was killed."""
    assert only(ports.leftovers(make())).level == "good"


def test_leftovers(make: MakeCase) -> None:
    """They are counted and left alone."""
    case = make()
    with marked_process(f"{case.data_dir}:{DEAD_OWNER}") as process:
        finding = only(ports.leftovers(case))
        assert process.poll() is None

    assert (finding.level, finding.found.startswith("1 processes")) == ("doubtful", True)
