"""Secrets nobody chose."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from config.generated import generated_secret


def test_secret_is_kept_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """The second call returns what the first one wrote, in a file of mode 0600."""
    first = generated_secret(tmp_path / "new", "key")

    assert generated_secret(tmp_path / "new", "key") == first
    assert (tmp_path / "new/key").stat().st_mode & 0o777 == 0o600
    assert len(first) >= 43  # 256 bits in base64


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    """Of many that make the same secret at once, one wins and no draft is left behind."""
    with ThreadPoolExecutor(16) as pool:
        seen = set(pool.map(lambda _: generated_secret(tmp_path, "key"), range(64)))

    assert len(seen) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
