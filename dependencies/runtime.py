"""The packages that a running service installs, by the compiled list of them."""

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
RUNTIME = ROOT / "requirements" / "runtime.txt"
# Whoever reads the list on another system still learns what a server gets.
SERVER = {"sys_platform": "linux", "platform_python_implementation": "CPython"}


def names(compiled: str) -> set[str]:
    """Return the names, normalised, of what a compiled list installs on Linux."""
    lines = re.findall(r"^[a-z0-9][^\\\n]*", compiled, re.MULTILINE | re.IGNORECASE)
    asked = [Requirement(line) for line in lines]
    return {
        canonicalize_name(each.name)
        for each in asked
        if each.marker is None or each.marker.evaluate(SERVER)
    }
