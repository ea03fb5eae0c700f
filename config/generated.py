"""Secrets nobody chose: made once, kept in the data directory, readable by their owner alone."""

import os
import secrets
from pathlib import Path


def generated_secret(data_dir: Path, name: str) -> str:
    """Return the secret kept in `data_dir/name`, making it (0600, 256 bits) the first time.

    Replicas that start together all return the one that was written first.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / name
    draft = path.with_name(f".{name}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())  # A secret that is empty after a power cut would be one.
        try:
            # A hard link either appears whole or fails because another process was first.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
