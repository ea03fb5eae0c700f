"""The database: search and writes by the service's own code, from a thousand people on.

Beside every latency stands how often exact search agrees, and beside the service its rivals:
comparing with everybody, in SQL and in Python.
"""

from collections.abc import Mapping

from matplotlib.figure import Figure

from benchmarks.performance import result
from benchmarks.performance.database import told
from benchmarks.performance.database.drawings import pictures
from benchmarks.performance.database.judged import ratios, targets
from benchmarks.performance.database.measuring import measure
from benchmarks.performance.layers import Found, Layer


def _section(found: Found) -> str:
    return told.section(found, result.galleries())


def _pictures(found: Found) -> Mapping[str, Figure]:
    return pictures(found, result.galleries())


LAYER = Layer("database", measure, _section, _pictures, ratios, targets)
