"""Every value a label may have, written down once more: whatever else is there was a caller's."""

import re
from typing import get_args

from db.queries import FOLDER, OTHER, queries
from deployments.hints import HINTS
from deployments.instruments import REGISTRY, Deployment
from deployments.web.access import RULES
from deployments.web.problem import TABLE

CODES = {row.code for row in TABLE.values()}
QUERIES = {f"{path.stem}.{name}" for path in FOLDER.glob("*.sql") for name in queries(path.stem)}
ALLOWED = {
    "route": {path for _, path in RULES} | {"unmatched"},
    "method": {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"},
    "code": {str(row.status) for row in TABLE.values()} | {"200", "201", "204", "499"},
    "stage": {"queue", "decode", "detect", "align", "embed", "search", "write"},
    "reason": CODES | set(HINTS),
    "outcome": CODES | set(HINTS) | {"ok", "acquired"},
    "kind": {"compare", "verify", "identify"},
    "decision": {"match", "no_match", "ambiguous", "live", "attack"},
    # Those that the tests store: no more of them can be than are kept.
    "policy": {"provisional", "caller", "fmr-1e-2", "fmr-1e-3", "door", "gate"},
    "deployment": set(get_args(Deployment)),
    "state": {"used", "idle", "most"},
    "query": QUERIES | {"begin", "commit", "rollback", "ping", OTHER},
}
# Of the code, not of callers: the names of errors, of dependencies, and of what runs the model. Of
# callers, and bounded elsewhere: `source`.
OF_THE_CODE = {"le", "error", "dependency", "pack", "digest", "device", "engine", "source"}
_NAME = re.compile(r"[A-Za-z]+")


def strays() -> set[tuple[str, str, str]]:
    """Return each metric, label and value that is not of the lists."""
    return {
        (family.name, label, value)
        for family in REGISTRY.collect()
        for sample in family.samples
        for label, value in sample.labels.items()
        if value not in ALLOWED.get(label, {value} if _is_of_the_code(label, value) else ())
    }


def _is_of_the_code(label: str, value: str) -> bool:
    return label in OF_THE_CODE and (label != "error" or bool(_NAME.fullmatch(value)))
