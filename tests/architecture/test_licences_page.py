"""docs/licences.md lists what is installed."""

import re
from pathlib import Path

from dependencies.runtime import names

ROOT = Path(__file__).parents[2]


def test_the_page_lists_what_a_service_installs() -> None:
    """Every package of requirements/runtime.txt has its row, and no other has one."""
    rows = (ROOT / "docs/licences.md").read_text("utf-8").partition("## All")[2]
    listed = re.findall(r"^\| ([a-z0-9-]+) \| [^|]", rows, re.MULTILINE)

    assert sorted(listed) == sorted(
        {*names((ROOT / "requirements/runtime.txt").read_text("utf-8")), "package"}
    )
