"""The threat model names tests: they have to be there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
NAMED = re.findall(
    r"`((?:unit|integration|acceptance|architecture)/[\w/]+)(\.py)?(?:::(\w+))?`", PAGE
)
# `::test_name` alone is of the file named last before it.
FURTHER = re.findall(r"`([\w/]+\.py)::\w+`(?:, `::\w+`)+", PAGE)


@pytest.mark.parametrize(("path", "ending", "test"), sorted(set(NAMED)))
def test_named_test(path: str, ending: str, test: str) -> None:
    """A file or folder of tests that the page names is there, and so is the test in it."""
    found = ROOT / "tests" / f"{path}{ending}"

    assert found.exists()
    assert not test or re.search(rf"def {test}\b", found.read_text("utf-8"))


@pytest.mark.parametrize("path", sorted(set(FURTHER)))
def test_further_tests_of_a_file(path: str) -> None:
    """So are those that follow behind it without their file."""
    text = (ROOT / "tests" / path).read_text("utf-8")
    listed = re.findall(rf"`{path}::\w+`((?:, `::\w+`)+)", PAGE)
    names = re.findall(r"::(\w+)", "".join(listed))

    assert [name for name in names if not re.search(rf"def {name}\b", text)] == []
