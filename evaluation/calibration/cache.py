"""Templates that were made before, on disk: a run that was ended goes on where it was.

They are biometric data. Folders and files are their owner's alone to read, and `forget` deletes
them; erasing a person from a collection does not. A folder holds what one key made, in files that
are each named by the digest of what is in them, and written whole: what was cut short or altered
is taken for nothing and made anew.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np

from deployments.messages.embedder import Vector
from deployments.vision.whole_files import replace_file

FORMAT: Final = 1
_ENDING: Final = ".templates"
_KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo: a vector (d,) of unit length, or the reason why there is none."""

    vector: Vector | None
    reason: str = ""


def key_of(made_by: Mapping[str, object]) -> str:
    """Return the name for all that decides what becomes of a photo: 64 hexadecimal digits."""
    told = json.dumps({"format": FORMAT, **made_by}, sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


class Cache:
    """The outcomes of one key by the digest of the photo; without a folder, in memory alone.

    Lives as long as a run, and holds everything that was ever made with its key.
    """

    def __init__(self, folder: Path | None, key: str) -> None:
        self._folder = None if folder is None else folder / key
        self._known: dict[str, Outcome] = {}
        if self._folder is not None:
            _make_private(self._folder)
            self._known.update(_read(self._folder))

    def get(self, photo: str) -> Outcome | None:
        """Return what became of a photo, None where nobody knows."""
        return self._known.get(photo)

    def add(self, outcomes: Mapping[str, Outcome]) -> None:
        """Keep what became of some photos; when this returns it outlives the process."""
        self._known.update(outcomes)
        if self._folder is not None and outcomes:
            content = _packed(outcomes)
            name = hashlib.sha256(content).hexdigest() + _ENDING
            replace_file(self._folder / name, content)


def forget(folder: Path) -> int:
    """Delete what caches in a folder hold, and nothing else in it; return how many keys it was."""
    if not folder.is_dir():
        return 0
    kept = [each for each in folder.iterdir() if each.is_dir() and _KEY.fullmatch(each.name)]
    for each in kept:
        shutil.rmtree(each)
    with suppress(OSError):  # Something of others lies there too.
        folder.rmdir()
    return len(kept)


def _make_private(folder: Path) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def _packed(outcomes: Mapping[str, Outcome]) -> bytes:
    """Write photos and reasons as text, and the vectors of those that have one in their order."""
    vectors = [each.vector for each in outcomes.values() if each.vector is not None]
    content = BytesIO()
    np.savez(
        content,
        photos=np.array(list(outcomes)),
        reasons=np.array([each.reason for each in outcomes.values()]),
        vectors=np.array(vectors, np.float32),
    )
    return content.getvalue()


def _read(folder: Path) -> Iterator[tuple[str, Outcome]]:
    """Yield what is in a folder, and delete what is not what it was."""
    for path in sorted(folder.glob(f"*{_ENDING}")):
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != path.stem:
            path.unlink(missing_ok=True)
            continue
        yield from _unpacked(content)


def _unpacked(content: bytes) -> Iterator[tuple[str, Outcome]]:
    with np.load(BytesIO(content), allow_pickle=False) as kept:
        vectors = iter(kept["vectors"])
        for photo, reason in zip(kept["photos"].tolist(), kept["reasons"].tolist(), strict=True):
            yield photo, Outcome(None if reason else next(vectors), reason)
