"""Named queries: SQL lives in `sql/*.sql`, one line of purpose under each name.

Each text begins with its name as a comment, `/* search.find_nearest */`: so what is measured of a
statement, here or by the server (`pg_stat_statements`), is told by it whatever numbers are put in.
"""

import re
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "sql"
_NAMED = re.compile(r"(?ms)^-- name: (?P<name>\w+)\n(?P<text>.*?)(?=^-- name: |\Z)")


_PLAIN = {"BEGIN;": "begin", "COMMIT;": "commit", "ROLLBACK;": "rollback", "SELECT 1": "ping"}
OTHER = "other"

_names: set[str] = set()


def queries(topic: str) -> MappingProxyType[str, str]:
    """Return the queries of `sql/<topic>.sql` by name."""
    text = (FOLDER / f"{topic}.sql").read_text()
    found = {each["name"]: each["text"].strip() for each in _NAMED.finditer(text)}
    _names.update(f"{topic}.{name}" for name in found)
    return MappingProxyType({name: f"/* {topic}.{name} */\n{each}" for name, each in found.items()})


def name_of(text: str) -> str:
    """Return the name of a statement by its text; `other` for what has none."""
    name = text[3 : text.find(" */")] if text.startswith("/* ") else ""
    return name if name in _names else _PLAIN.get(text, OTHER)
