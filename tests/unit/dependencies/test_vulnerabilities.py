"""A known hole fails; whoever could not be asked is told of, and passes nothing."""

import json

import pytest

from dependencies.vulnerabilities import finding

SOUND = {"name": "sound", "version": "1.0", "vulns": []}
HOLED = {
    "name": "holed",
    "version": "2.0",
    "vulns": [
        {"id": "PYSEC-1", "fix_versions": ["2.1", "3.0"]},
        {"id": "PYSEC-2", "fix_versions": []},
    ],
}
UNKNOWN = {"name": "unknown", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "told", "failed"),
    [
        ([SOUND], ["Holes known in 1 packages: 0."], False),
        (
            [SOUND, HOLED],
            [
                "holed 2.0: PYSEC-1, mended in 2.1, 3.0",
                "holed 2.0: PYSEC-2, mended in no version yet",
                "Holes known in 2 packages: 2.",
            ],
            True,
        ),
        ([UNKNOWN], ["Not reachable, not audited: 1 of 1 packages."], False),
        (
            [SOUND, UNKNOWN],
            ["Holes known in 1 packages: 0.", "Not reachable, not audited: 1 of 2 packages."],
            False,
        ),
    ],
)
def test_what_was_audited_and_what_was_not(
    packages: list[dict[str, object]], told: list[str], failed: bool
) -> None:
    """Each hole is a line; a package nobody knows is never counted as sound."""
    found = finding(json.dumps({"dependencies": packages}), "No known vulnerabilities found")
    assert (found.told.splitlines(), found.failed) == (told, failed)


@pytest.mark.parametrize(
    ("log", "failed"),
    [
        ("Traceback\nrequests.exceptions.ConnectionError: Max retries exceeded", False),
        ("ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed", False),
        ("ERROR:pip_audit._cli:requirement numpy is not pinned", True),
        ("", True),
    ],
)
def test_only_a_network_that_is_missing_is_no_failure(log: str, failed: bool) -> None:
    """What was asked wrongly fails; what nobody answered is one line that says so."""
    found = finding("", log)
    assert (found.failed, "Not reachable" in found.told) == (failed, not failed)
    assert found.told.count("\n") == 0
