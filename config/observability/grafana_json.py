"""A dashboard as Grafana reads it from a file: panels in rows of a grid that is 24 wide."""

from collections.abc import Iterator, Sequence
from itertools import count
from string import ascii_uppercase
from typing import Any, Literal, NamedTuple

from config.observability.queries import Query

GRID_WIDTH = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}

Json = dict[str, Any]
Unit = Literal["short", "percentunit", "s", "reqps", "ops", "Bps", "bytes", "none"]


class Panel(NamedTuple):
    """One picture; `about` is what it says where its title does not tell.

    `bad_from` colours a number, or draws a line.
    """

    title: str
    queries: Sequence[Query]
    unit: Unit = "short"
    about: str = ""
    kind: Literal["timeseries", "stat", "heatmap"] = "timeseries"
    width: int = 8
    bad_from: float | None = None
    good_from: float | None = None


class Note(NamedTuple):
    """A text among the panels, in Markdown."""

    text: str
    width: int = 8


class Row(NamedTuple):
    """Panels that belong together, under a heading."""

    title: str
    panels: Sequence[Panel | Note]


def dashboard(title: str, uid: str, rows: Sequence[Row]) -> Json:
    """Return the whole file; the same rows always make the same one."""
    return {
        "uid": uid,
        "title": title,
        "tags": [uid],
        "schemaVersion": 39,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_source_variable()]},
        "panels": list(_placed(rows)),
    }


def _source_variable() -> Json:
    return {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
    }


def _placed(rows: Sequence[Row]) -> Iterator[Json]:
    """Yield rows and panels from left to right, each line as high as its highest panel."""
    number = count(1)
    top = 0
    for row in rows:
        yield {"id": next(number), "type": "row", "title": row.title, **_at(0, top, GRID_WIDTH, 1)}
        left, top, highest = 0, top + 1, 0
        for panel in row.panels:
            if left + panel.width > GRID_WIDTH:
                left, top, highest = 0, top + highest, 0
            height = 4 if isinstance(panel, Panel) and panel.kind == "stat" else 8
            yield {"id": next(number), **_drawn(panel), **_at(left, top, panel.width, height)}
            left, highest = left + panel.width, max(highest, height)
        top += highest


def _at(left: int, top: int, width: int, height: int) -> Json:
    return {"gridPos": {"x": left, "y": top, "w": width, "h": height}}


def _drawn(panel: Panel | Note) -> Json:
    if isinstance(panel, Note):
        return {"type": "text", "title": "", "options": {"mode": "markdown", "content": panel.text}}
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "targets": [
            _target(panel, *each) for each in zip(ascii_uppercase, panel.queries, strict=False)
        ],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
    }


def _target(panel: Panel, letter: str, query: Query) -> Json:
    return {
        "refId": letter,
        "datasource": SOURCE,
        "expr": query.expression,
        "legendFormat": query.legend,
        "format": "heatmap" if panel.kind == "heatmap" else "time_series",
        "instant": panel.kind == "stat",
        "range": panel.kind != "stat",
    }


def _defaults(panel: Panel) -> Json:
    steps: list[Json] = [{"color": "green", "value": None}]
    if panel.bad_from is not None:
        steps.append({"color": "red", "value": panel.bad_from})
    if panel.good_from is not None:
        steps = [{"color": "red", "value": None}, {"color": "green", "value": panel.good_from}]
    marked = len(steps) > 1 and panel.kind == "timeseries"
    custom = {"thresholdsStyle": {"mode": "line" if marked else "off"}, "fillOpacity": 10}
    return {
        "unit": panel.unit,
        "thresholds": {"mode": "absolute", "steps": steps},
        **({"custom": custom} if panel.kind == "timeseries" else {}),
    }


def _options(panel: Panel) -> Json:
    match panel.kind:
        case "stat":
            return {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"}
        case "heatmap":
            return {"calculate": False, "yAxis": {"unit": panel.unit}, "cellGap": 1}
    return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
