"""Named queries: SQL lives in `sql/*.sql`, one line of purpose under each name."""

import re
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "sql"
_NAMED = re.compile(r"(?ms)^-- name: (?P<name>\w+)\n(?P<text>.*?)(?=^-- name: |\Z)")


def queries(topic: str) -> MappingProxyType[str, str]:
    """Return the queries of `sql/<topic>.sql` by name."""
    text = (FOLDER / f"{topic}.sql").read_text()
    return MappingProxyType({each["name"]: each["text"].strip() for each in _NAMED.finditer(text)})
