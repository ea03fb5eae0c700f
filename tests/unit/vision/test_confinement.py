"""What a confined process may no longer do, and that it decodes all the same."""

import ctypes
import subprocess
import sys

import pytest


def landlock() -> int:
    """Return the version of Landlock here, -1 where there is none."""
    return int(ctypes.CDLL(None).syscall(444, None, 0, 1)) if sys.platform == "linux" else -1


CONFINED = """
import os, socket, sys
from deployments.vision.confinement import confine
confine(memory=2**28, descriptors=64)
try:
    {attempt}
except OSError as error:
    sys.exit(0)
sys.exit("done")
"""


@pytest.mark.skipif(landlock() < 6, reason="Landlock of Linux 6.12 or later is not at hand")
@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname')",
        "open('/tmp/left-behind', 'w')",
        "os.listdir('/')",
        "socket.create_connection(('127.0.0.1', 9))",
        "os.kill(os.getppid(), 0)",
        "bytearray(2**29)",
    ],
)
def test_a_confined_process_cannot(attempt: str) -> None:
    """Whoever takes over a decoder reads no file, opens no connection and signals nobody."""
    code = CONFINED.format(attempt=attempt).replace("OSError", "(PermissionError, MemoryError)")
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


ALONE = """
import os, threading
from deployments.vision.confinement import confine
from deployments.vision.images import decode
from tests.hostile.drawn import sound_files
files = [data for kind, data in sound_files().items() if "animated" not in kind]
if os.getuid() == 0:
    os.setresuid(65534, 65534, 65534)
confine(memory=2**28, descriptors=64)
for start in (os.fork, threading.Thread(target=print).start):
    try:
        start()
    except (OSError, RuntimeError) as error:
        print("refused")
print(len([decode(data, None, max_pixels=10_000) for data in files]) == len(files))
"""


def test_a_confined_process_stays_alone_and_decodes_all_the_same() -> None:
    """It starts no process and no thread, unless it is root's, and no kind of picture needs one."""
    ended = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=False
    )
    assert (ended.stdout.split(), ended.stderr) == (["refused", "refused", "True"], "")
