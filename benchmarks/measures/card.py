"""What nvidia-smi tells of the first GPU."""

import shutil
import subprocess


def description() -> str:
    """Return the card's name and the driver's version."""
    return _asked("name,driver_version")


def mebibytes_in_use() -> float:
    """Return what is in use of the card, by all processes.

    Its processes are told by numbers that mean nothing inside a container, so none is picked out.
    """
    return float(_asked("memory.used"))


def _asked(fields: str) -> str:
    program = shutil.which("nvidia-smi") or "nvidia-smi"
    question = [f"--query-gpu={fields}", "--format=csv,noheader,nounits", "--id=0"]
    return subprocess.check_output([program, *question], text=True).strip()  # noqa: S603
