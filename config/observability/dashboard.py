"""The Grafana dashboard: `python -m config.observability.dashboard` writes its file.

A test tells when that was forgotten, and that every metric and label it names exists.
"""

import json
from pathlib import Path
from typing import Final

from config.observability.grafana_json import dashboard
from config.observability.rows_of_people import BIOMETRICS, TENANTS
from config.observability.rows_of_service import CAPACITY, DATABASE, LATENCY, OVERVIEW

FILE: Final = Path(__file__).parent / "grafana/dashboards/facegraph.json"
ROWS: Final = (OVERVIEW, LATENCY, CAPACITY, BIOMETRICS, DATABASE, TENANTS)


def text() -> str:
    """Return what the file holds."""
    return json.dumps(dashboard("Facegraph", "facegraph", ROWS), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
