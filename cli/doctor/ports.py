"""Ports, and what a killed service left behind."""

import errno
import socket
from collections.abc import Iterator
from contextlib import suppress

import psutil

from cli.doctor.case import Case
from cli.doctor.findings import Finding, bad, doubtful, good

RAY_PORTS = {6379: "GCS", 8265: "dashboard", 10001: "clients", 52365: "dashboard's agent"}


def service_port(case: Case) -> Iterator[Finding]:
    """Check that the service could listen, or already does."""
    host, port = case.settings.host, case.settings.port
    if not port:
        yield good("service's port", "FACEGRAPH_PORT=0: a free one at each start")
        return
    told, refusal = f"{host}:{port}", _refusal(host, port)
    if refusal is None:
        yield good("service's port", f"{told} is free")
    elif refusal == errno.EADDRINUSE:
        yield _taken(case, told, port)
    elif refusal == errno.EACCES:
        mend = "Set FACEGRAPH_PORT to 1024 or more, and let an edge listen below."
        yield bad("service's port", f"this user may not listen at {told}", mend)
    else:
        mend = "Set FACEGRAPH_HOST to an address of this machine."
        yield bad("service's port", f"nobody can listen at {told}", mend)


def ray_ports(_: Case) -> Iterator[Finding]:
    """Check the ports that `ray start` takes if it is told no others; `up` picks free ones."""
    taken = {
        port: listener(port)[1] for port in RAY_PORTS if _refusal("", port) == errno.EADDRINUSE
    }
    if not taken:
        yield good("Ray's ports", f"{', '.join(map(str, RAY_PORTS))} are free")
        return
    told = ", ".join(f"{port} ({RAY_PORTS[port]}) by {name}" for port, name in taken.items())
    mend = "Nothing for `facegraph up`; give `ray start` other ports, or stop what runs there."
    yield doubtful("Ray's ports", f"taken: {told}", mend)


def leftovers(case: Case) -> Iterator[Finding]:
    """Check that a service which was killed left no process."""
    if case.leftovers:
        names = ", ".join(sorted({_name(each) for each in case.leftovers}))
        told = f"{len(case.leftovers)} processes of a killed service: {names}"
        mend = "The next `facegraph up` on this data directory ends them."
        yield doubtful("leftovers", told, mend)
    else:
        yield good("leftovers", "none of a killed service")


def listener(port: int) -> tuple[int | None, str]:
    """Return the process that listens on a TCP port, and its name, as far as this user is told."""
    with suppress(psutil.Error):
        for each in psutil.net_connections("tcp"):
            here = each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port
            if here and each.pid is not None:
                return each.pid, f"{_name(psutil.Process(each.pid))} (process {each.pid})"
    return None, "a process of another user"


def _taken(case: Case, told: str, port: int) -> Finding:
    process, name = listener(port)
    if process in {each.pid for each in case.running}:
        return good("service's port", f"{told}: the service of {case.data_dir} answers there")
    if process in {each.pid for each in case.leftovers}:
        mend = "The next `facegraph up` on this data directory ends it."
        return doubtful("service's port", f"{told} is held by a leftover, {name}", mend)
    mend = "Stop it, or set FACEGRAPH_PORT to another port, or to 0 for any that is free."
    return bad("service's port", f"{told} is taken by {name}", mend)


def _refusal(host: str, port: int) -> int | None:
    """Return why nobody can bind the address, None where one can; it is let go at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one:
        # As servers do: connections of an earlier one that are not forgotten yet are no obstacle.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError as error:
            return error.errno or errno.EADDRNOTAVAIL
    return None


def _name(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return process.name()
    return "a process that has just ended"
