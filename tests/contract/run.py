"""schemathesis over a service that is up: its own command line, with this folder's settings."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
COMMAND = Path(sys.executable).with_name("schemathesis")


def fuzz(url: str, token: str, *options: str, seconds: float) -> str:
    """Send what schemathesis thinks of to a service, as whoever `token` speaks for.

    Returns what was printed; raises AssertionError with all of it where anything failed.
    """
    with TemporaryDirectory(prefix="facegraph-test-") as folder:
        ended = subprocess.run(
            [COMMAND, "--config-file", CONFIGURATION, "run", f"{url}/openapi.json", *options],
            cwd=folder,
            # Not an option: the list of processes would show the token.
            env={"HOME": folder, "PYTHONPATH": str(ROOT), "FACEGRAPH_FUZZ_TOKEN": token},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
