"""How files come into the data directory: one process at a time, whole or not at all."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the only permit to make `path`; the kernel takes it back from a process that dies.

    Each path has a permit of its own: nobody waits for the download of a pack they do not use.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as permit:
        fcntl.flock(permit, fcntl.LOCK_EX)
        yield


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside; at the end it takes the place of `folder`, whatever was there.

    An error leaves `folder` as it was, a crash nothing that looks like a pack.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file only its owner may read, so that a reader finds the old one or the new one."""
    draft = path.with_name(f".{path.name}.partial")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
