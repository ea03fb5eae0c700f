"""The machine: Python, who runs it, processor, clock."""

import ctypes
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress

import psutil

from cli.cores import usable_cores
from cli.doctor.case import Case
from cli.doctor.findings import Finding, bad, doubtful, good

OLDEST_PYTHON, FIRST_TOO_NEW = (3, 11), (3, 14)  # `requires-python` of pyproject.toml

TIME_ERROR = 5  # What adjtimex returns of a clock that nothing sets.


def python(_: Case) -> Iterator[Finding]:
    """Check the version of Python."""
    found = f"{platform.python_version()}, {sys.executable}"
    if OLDEST_PYTHON <= sys.version_info[:2] < FIRST_TOO_NEW:
        yield good("Python", found)
    else:
        yield bad("Python", found, "Use Python 3.11, 3.12 or 3.13.")


def account(_: Case) -> Iterator[Finding]:
    """Check who the service would run as."""
    if os.geteuid():
        yield good("user", f"uid {os.geteuid()}")
    else:
        mend = "Start the service as a user of its own: as root, decoding is confined less."
        yield doubtful("user", "root", mend)


def processor(case: Case) -> Iterator[Finding]:
    """Check how many cores may be used, and what they can compute."""
    here = psutil.cpu_count() or 1
    may = usable_cores(case.root)
    found = f"{here} cores of {platform.machine()}"
    if may < here:
        mend = (
            "Give it all cores, or keep Ray's shares within these: num_cpus times max_replicas in "
            "serve_config.yaml."
        )
        yield doubtful("cores", f"{found}, {may:g} of which may be used", mend)
    else:
        yield good("cores", found)
    yield _instructions(case)


def clock(_: Case) -> Iterator[Finding]:
    """Check that something keeps the clock right: Ray Serve sees no deaths when it is set back."""
    state = _clock_state()
    if state is None or state < 0:
        mend = "See that the machine's clock is kept right by NTP, and slewed, not stepped."
        yield doubtful("clock", "nobody here can tell whether it is kept right", mend)
    elif state == TIME_ERROR:
        mend = (
            "Let chrony or systemd-timesyncd keep it: tokens expire by it, checks are timed by it."
        )
        yield doubtful("clock", "not synchronised", mend)
    else:
        yield good("clock", "synchronised")


def _instructions(case: Case) -> Finding:
    flags: set[str] = set()
    with suppress(OSError):
        lines = (case.root / "proc/cpuinfo").read_text().splitlines()
        flags = {flag for line in lines if line.startswith("flags") for flag in line.split()}
    if platform.machine() not in {"x86_64", "AMD64"}:
        return good("instructions", f"{platform.machine()}: nothing to choose")
    if not flags:
        return doubtful("instructions", "the system does not tell", "See that it has AVX2.")
    if "avx512f" in flags:
        return good("instructions", "AVX-512")
    if "avx2" in flags:
        return good("instructions", "AVX2, without AVX-512: a photo takes up to twice as long")
    mend = (
        "Use a machine, or a type of virtual CPU, that has AVX2: models run several times faster."
    )
    return doubtful("instructions", "no AVX2", mend)


def _clock_state() -> int | None:
    """Ask the kernel, changing nothing: all modes of the structure are 0."""
    with suppress(OSError, AttributeError):
        return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))
    return None
