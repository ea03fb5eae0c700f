"""What a process that reads hostile bytes gives up before it reads the first, for good.

Each right is given up where the system can take it; what it cannot take stays, silently: limits of
memory are not held on macOS, and files are barred by Linux from 5.13 on alone.
"""

import ctypes
import os
import resource
import struct
import sys
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

# Landlock's calls have these numbers on every processor; the rights are those of its versions.
_LANDLOCK_CREATE_RULESET: Final = 444
_LANDLOCK_RESTRICT_SELF: Final = 446
_VERSION_OF_LANDLOCK: Final = 1
_FILE_RIGHTS: Final = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
_TCP: Final = 0b11  # Bind and connect, from version 4 on.
_SIGNALS_AND_ABSTRACT_SOCKETS: Final = 0b11  # To processes outside, from version 6 on.
_FIRST_WITH_TCP: Final = 4
_FIRST_WITH_SCOPES: Final = 6


def confine(*, memory: int, descriptors: int) -> None:
    """Give up all but `memory` more bytes of address space and `descriptors` open files.

    Ends with its parent, dumps no core, starts no process or thread, gains no rights, and opens no
    file, connection or process-wide door again. The caller has loaded all it will need. What root
    starts against this does not end with the parent: the system tells a process, not its children.
    """
    address_space = _address_space()
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux":
        libc.prctl(_PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _bar_files(libc)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_AS, address_space + memory)
    _limit(resource.RLIMIT_NOFILE, descriptors)


def _limit(kind: int, most: int) -> None:
    with suppress(ValueError, OSError):
        resource.setrlimit(kind, (most, most))


def _address_space() -> int:
    """Return the bytes mapped already: libraries, most of which take no memory."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return 0


def _bar_files(libc: ctypes.CDLL) -> None:
    """Bar every file, TCP and signals to others by Landlock, as far as its version goes."""
    version = libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _VERSION_OF_LANDLOCK)
    if version < 1:
        return
    files = _FILE_RIGHTS[min(version, max(_FILE_RIGHTS))]
    tcp = _TCP if version >= _FIRST_WITH_TCP else 0
    scopes = _SIGNALS_AND_ABSTRACT_SOCKETS if version >= _FIRST_WITH_SCOPES else 0
    # Older versions know a shorter form, and take a longer one whose rest is zero.
    barred = struct.pack("=3Q", files, tcp, scopes)
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, barred, len(barred), 0)
    if ruleset >= 0:
        libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)
