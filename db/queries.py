"""Named queries: SQL lives in `sql/*.sql`, one line of purpose under each name.

Behind the first word of each stands its name, `SELECT /* search.find_nearest */ …`: so what is
measured of a statement, here or by the server, is told by it whatever numbers are put in. Not
before it: from version 18 on `pg_stat_statements` keeps a statement from its first word.
"""

import re
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "sql"
_NAMED = re.compile(r"(?ms)^-- name: (?P<name>\w+)\n(?P<text>.*?)(?=^-- name: |\Z)")
_FIRST_WORD = re.compile(r"(?m)^[A-Z]+")
_MARK, _END = "/* ", " */"

_PLAIN = {"BEGIN;": "begin", "COMMIT;": "commit", "ROLLBACK;": "rollback", "SELECT 1": "ping"}
OTHER = "other"

_names: set[str] = set()


def queries(topic: str) -> MappingProxyType[str, str]:
    """Return the queries of `sql/<topic>.sql` by name."""
    text = (FOLDER / f"{topic}.sql").read_text()
    found = {
        each["name"]: _marked(each["text"].strip(), f"{topic}.{each['name']}")
        for each in _NAMED.finditer(text)
    }
    _names.update(f"{topic}.{name}" for name in found)
    return MappingProxyType(found)


def _marked(text: str, name: str) -> str:
    return _FIRST_WORD.sub(rf"\g<0> {_MARK}{name}{_END}", text, count=1)


def name_of(text: str) -> str:
    """Return the name of a statement by its text; `other` for what has none."""
    name = text.partition(_MARK)[2].partition(_END)[0]
    return name if name in _names else _PLAIN.get(text, OTHER)
