"""Which licences were accepted here, when and by whom; the gate every pack passes to be loaded.

Acceptances lie in `models/licences.json` of the data directory, by the licence's name. A machine
that keeps no data directory, as a container may, is told them instead (`elsewhere`).
"""

import os
import pwd
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from deployments.vision.packs import Pack, PackError
from deployments.vision.whole_files import alone, replace_file

RECORD = "licences.json"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """When a licence was accepted (UTC), and the name of the operating system's user who did."""

    accepted_at: datetime
    by: str


class Licensed(Protocol):
    """A pack or a model, as its licence sees it."""

    @property
    def licence(self) -> str:
        """The short name of the licence."""

    @property
    def commercial_use(self) -> bool:
        """Whether the licence allows commercial use."""


_RECORD_FORMAT = TypeAdapter(dict[str, Acceptance])


def acceptances(data_dir: Path) -> dict[str, Acceptance]:
    """Return what was accepted in this data directory, by licence; PackError if it is garbled."""
    path = _record(data_dir)
    try:
        return _RECORD_FORMAT.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError:
        raise PackError(
            f"{path} cannot be read: remove it, and accept the licences anew."
        ) from None


def accept(licence: str, data_dir: Path) -> Acceptance:
    """Record that the user who runs this process accepts a licence now, and return the record.

    One accepted before keeps its date.
    """
    path = _record(data_dir)
    with alone(path):
        accepted = acceptances(data_dir)
        now = datetime.now(UTC).replace(microsecond=0)
        accepted.setdefault(licence, Acceptance(now, _user()))
        replace_file(path, _RECORD_FORMAT.dump_json(accepted, indent=2) + b"\n")
    return accepted[licence]


def is_accepted(model: Licensed, data_dir: Path, elsewhere: Collection[str]) -> bool:
    """Tell whether it may be loaded: free for all use, or its licence accepted."""
    if model.commercial_use or model.licence in elsewhere:
        return True
    return model.licence in acceptances(data_dir)


def require(pack: Pack, data_dir: Path, elsewhere: Collection[str]) -> None:
    """Raise PackError, with how to accept, unless the pack may be loaded."""
    if not is_accepted(pack, data_dir, elsewhere):
        raise PackError(
            f"Pack {pack.name} is not for commercial use, and its licence {pack.licence} was not "
            f"accepted here: read it with `facegraph models licence {pack.name}`, then run "
            f"`facegraph models install {pack.name}` or set "
            f"FACEGRAPH_ACCEPTED_LICENCES={pack.licence}."
        )


def _record(data_dir: Path) -> Path:
    return data_dir / "models" / RECORD


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        # A container may run as a number that has no name.
        return str(os.getuid())
