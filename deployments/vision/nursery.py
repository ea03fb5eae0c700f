"""The processes that decode, seen from without: started, asked for another, ended."""

import os
import socket
import subprocess
import sys
from typing import Final

# Some tenths of a second, unless the machine has no time at all.
_START_SECONDS: Final = 30.0


class Nursery:
    """A process that forks decoders, and the line to the decoder there is; lives until `end`.

    It has loaded the libraries and reads no photo (decoding.py). It ends with this process,
    however that ends, for it hears its own line end.
    """

    def __init__(self, file: int, max_pixels: int) -> None:
        """Start it; it is ready some tenths of a second later, which `another` waits for."""
        self._asked, theirs = socket.socketpair()
        self._asked.settimeout(_START_SECONDS)
        self._line: socket.socket | None = None
        with theirs:
            handed_over = theirs.fileno(), file
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", "deployments.vision.decoding"]
                + [str(number) for number in (*handed_over, max_pixels)],
                # Nothing of this process's environment, which holds secrets.
                env={"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
                pass_fds=handed_over,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def line(self, seconds: float) -> socket.socket:
        """Return the line to the decoder, on which an answer is waited for so long."""
        return self._line or self.another(seconds)

    def another(self, seconds: float) -> socket.socket:
        """End the decoder there is, if any, and return the line to a new one; raises OSError."""
        self._hang_up()
        self._asked.sendall(b"+")
        _, descriptors, _, _ = socket.recv_fds(self._asked, 1, 1)
        if not descriptors:
            raise ConnectionResetError("the nursery has ended")
        self._line = socket.socket(fileno=descriptors[0])
        self._line.settimeout(seconds)
        return self._line

    def end(self) -> None:
        """End it and its decoder; returns when both are gone."""
        self._hang_up()
        self._asked.close()
        self._process.wait()

    def _hang_up(self) -> None:
        if self._line:
            self._line.close()
        self._line = None
