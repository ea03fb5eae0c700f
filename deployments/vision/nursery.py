"""The processes that decode, seen from without: started, asked for another, ended."""

import os
import socket
import subprocess
import sys
from typing import Final

_MODULE: Final = "deployments.vision.decoding"
# glibc gives back at once what is as large as a large photo. Left to itself it takes such blocks
# from the heap once it has seen a few, and holes in a heap are kept. What it gives back comes anew
# with the next photo, in pages of 2 MiB where Linux lends them: 4 KiB at a time is a third of the
# decoding. Other allocators, and glibc before 2.35, ignore this.
_HEAP: Final = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "MALLOC_MMAP_THRESHOLD_": str(8 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(16 * 2**20),
}
# Some tenths of a second, unless the machine has no time at all.
_START_SECONDS: Final = 30.0


class Nursery:
    """A process that forks decoders, and the `line` to the one there is; lives until `end`.

    It has loaded the libraries and reads no photo (decoding.py). It ends with this process,
    however that ends, for it hears its own line end.
    """

    def __init__(self, max_pixels: int) -> None:
        """Start it; it is ready some tenths of a second later, which `another` waits for."""
        self._asked, theirs = socket.socketpair()
        self._asked.settimeout(_START_SECONDS)
        self.line: socket.socket | None = None
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", _MODULE, str(theirs.fileno()), str(max_pixels)],
                # Nothing of this process's environment, which holds secrets.
                env={"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1", **_HEAP},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def another(self, file: int) -> socket.socket:
        """End the decoder there is, if any, and return the line to a new one; raises OSError.

        It finds its photos in `file` (exchange.py), which nobody else is given.
        """
        self._hang_up()
        socket.send_fds(self._asked, [b"+"], [file])
        _, descriptors, _, _ = socket.recv_fds(self._asked, 1, 1)
        if not descriptors:
            raise ConnectionResetError("the nursery has ended")
        self.line = socket.socket(fileno=descriptors[0])
        return self.line

    def end(self) -> None:
        """End it and its decoder; returns when both are gone."""
        self._hang_up()
        self._asked.close()
        self._process.wait()

    def _hang_up(self) -> None:
        if self.line:
            self.line.close()
        self.line = None
