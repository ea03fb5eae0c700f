"""What promtool says of the rules: well formed, and each fires when it should and not otherwise."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.alerts.prometheus import SHIPPED, program, shortened_rules


def promtool(*arguments: str) -> None:
    """Run it in the folder of the rules; it has to be content."""
    command = [program("promtool"), *arguments]
    told = subprocess.run(command, cwd=SHIPPED, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "rules.yml"),
        ("test", "rules", "rules_test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_is_content(arguments: tuple[str, ...]) -> None:
    """The configuration can be read, and in each scenario fires what should, and nothing else."""
    promtool(*arguments)


def test_the_rules_in_short_are_rules(tmp_path: Path) -> None:
    """What `make alerts` runs is the same rules with nothing longer than six minutes in them."""
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump(shortened_rules()))

    promtool("check", "rules", str(path))
    assert "[360s]" in path.read_text()
    assert "[6h]" not in path.read_text()
