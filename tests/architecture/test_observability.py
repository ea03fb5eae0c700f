"""Dashboard, rules and runbook speak of what exists; no Prometheus is needed to see it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
import yaml
from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase

from config.observability import dashboard, queries
from config.observability.grafana_json import Panel
from deployments import instruments
from deployments.web.access import RULES as ROUTES
from deployments.web.problem import TABLE
from deployments.web.timing import STAGES
from tests.promql import Expression, Matcher, read

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "config/observability"
GROUPS = yaml.safe_load((FOLDER / "rules.yml").read_text("utf-8"))["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
RUNBOOK = (ROOT / "docs/operations.md").read_text("utf-8").partition("\n## Alerts\n")[2]

METRICS = [each for each in vars(instruments).values() if isinstance(each, MetricWrapperBase)]
PROMETHEUS_OWN = {"up": {"job", "instance"}, "ALERTS": {"alertname", "alertstate", "severity"}}
CODES = {row.code for row in TABLE.values()}
VALUES = {
    "deployment": set(get_args(instruments.Deployment)),
    "dependency": {"embedder", "matcher", "database"},
    "state": {"used", "idle", "most"},
    "stage": set(STAGES),
    "reason": CODES,
    "outcome": {"ok", "acquired"} | CODES,
    "decision": {"match", "no_match", "ambiguous", "live", "attack"},
    "route": {path for _, path in ROUTES} | set(queries.PROBES.split("|")),
    "code": {"5.."},
    "job": {"facegraph"},
    "source": {"other"},
    "signal": {"quality", "similarity", "acquisition"},
    "window": {"1h", "1d"},
}
BOUNDS = {
    f"{metric._name}_bucket": {str(bound) for bound in metric._upper_bounds}
    for metric in METRICS
    if isinstance(metric, Histogram)
}


class Asked(NamedTuple):
    """An expression somebody wrote, and where."""

    where: str
    expression: str
    legend: str = ""


def of_panels() -> Iterator[Asked]:
    """Return every query of the dashboard."""
    for row in dashboard.ROWS:
        for panel in row.panels:
            if isinstance(panel, Panel):
                for query in panel.queries:
                    yield Asked(f"{row.title}: {panel.title}", *query)


def of_rules() -> Iterator[Asked]:
    """Return the expression of every rule."""
    for rule in RULES:
        spoken = str(rule.get("annotations", ""))
        legend = re.sub(r"\$labels\.(\w+)", r"{{\1}}", spoken)
        yield Asked(rule.get("alert") or rule["record"], rule["expr"], legend)


EVERYTHING = [*of_panels(), *of_rules()]


def catalogue() -> dict[str, set[str]]:
    """Return the labels of every series there is, by the name it is exported under."""
    known = {"facegraph_replicas": {"deployment"}} | PROMETHEUS_OWN
    for metric in METRICS:
        known |= exported(metric)
    for rule in RULES:
        if "record" in rule:
            labels = read(rule["expr"]).grouping | rule.get("labels", {}).keys()
            known[rule["record"]] = known.get(rule["record"], set()) | labels
    return known


def exported(metric: MetricWrapperBase) -> dict[str, set[str]]:
    """Return the series of one metric."""
    name, labels = metric._name, set(metric._labelnames)
    match metric._type:
        case "counter":
            return {f"{name}_total": labels}
        case "histogram":
            return {
                f"{name}_sum": labels,
                f"{name}_count": labels,
                f"{name}_bucket": {*labels, "le"},
            }
    return {name: labels}


KNOWN = catalogue()


@pytest.mark.parametrize("asked", EVERYTHING, ids=lambda asked: asked.where)
def test_every_metric_exists(asked: Asked) -> None:
    """No panel and no rule names a metric that the service does not tell."""
    selectors = read(asked.expression).selectors

    assert selectors
    assert [each.metric for each in selectors if each.metric not in KNOWN] == []


@pytest.mark.parametrize("asked", EVERYTHING, ids=lambda asked: asked.where)
def test_every_label_exists(asked: Asked) -> None:
    """What is matched, grouped by or shown is a label of a metric in that expression."""
    expression = read(asked.expression)
    matched = {
        (each.metric, matcher.label)
        for each in expression.selectors
        for matcher in each.matchers
        if matcher.label not in KNOWN[each.metric]
    }
    shown = set(re.findall(r"\{\{(\w+)\}\}", asked.legend))

    assert matched == set()
    assert expression.grouping <= labels_of(expression)
    assert shown <= expression.grouping


def labels_of(expression: Expression) -> set[str]:
    """Return the labels of all metrics in an expression."""
    return set().union(*(KNOWN[each.metric] for each in expression.selectors))


MATCHERS = {
    (matcher, asked.where)
    for asked in EVERYTHING
    for selector in read(asked.expression).selectors
    for matcher in selector.matchers
    if matcher.label not in {"le", "alertname", "alertstate"}
}


@pytest.mark.parametrize(("matcher", "where"), sorted(MATCHERS), ids=str)
def test_every_value_can_occur(matcher: Matcher, where: str) -> None:
    """A label is asked for a value it may have: a code of the problem table, a route's template."""
    assert set(matcher.values()) <= VALUES[matcher.label], where


def test_every_bucket_exists() -> None:
    """A share below a bound is one that a histogram counts."""
    asked = [
        (selector.metric, matcher.value)
        for each in EVERYTHING
        for selector in read(each.expression).selectors
        for matcher in selector.matchers
        if matcher.label == "le" and selector.metric in BOUNDS
    ]

    assert asked
    assert [(metric, bound) for metric, bound in asked if bound not in BOUNDS[metric]] == []


def test_every_metric_of_the_service_is_on_the_dashboard() -> None:
    """Who adds a metric says where it is looked at."""
    shown = {
        selector.metric.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        for asked in EVERYTHING
        for selector in read(asked.expression).selectors
    }
    told = {metric._name + ("_total" if metric._type == "counter" else "") for metric in METRICS}

    assert told - shown == set()


def test_the_file_of_the_dashboard_is_current() -> None:
    """`python -m config.observability.dashboard` was run after the last change."""
    assert dashboard.FILE.read_text("utf-8") == dashboard.text()


def test_no_panel_lies_on_another() -> None:
    """Panels fill the grid from left to right and overlap nowhere."""
    taken = [
        (place["x"] + column, place["y"] + line)
        for panel in yaml.safe_load(dashboard.text())["panels"]
        for place in [panel["gridPos"]]
        for column in range(place["w"])
        for line in range(place["h"])
    ]

    assert len(taken) == len(set(taken))
    assert max(column for column, _ in taken) < 24


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_leads_to_its_paragraph(alert: dict[str, Any]) -> None:
    """An alert says how bad it is and what it means, and names the paragraph that helps."""
    name = alert["alert"]
    annotations = alert["annotations"]

    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert annotations["summary"]
    assert annotations["description"]
    assert annotations["runbook"] == f"docs/operations.md#{name.lower()}"
    assert f"\n### {name}\n" in RUNBOOK


def test_no_paragraph_is_left_over() -> None:
    """The runbook speaks of no alert that there is not."""
    paragraphs = re.findall(r"^### (Facegraph\w+)$", RUNBOOK, re.MULTILINE)

    assert sorted(paragraphs) == sorted(alert["alert"] for alert in ALERTS)


SELDOM = {
    rule["record"]: group["name"]
    for group in GROUPS
    for rule in group["rules"]
    if "record" in rule and "interval" in group
}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])
def test_who_alerts_on_what_is_recorded_seldom_stands_beside_it(group: dict[str, Any]) -> None:
    """Apart, each has moments of its own, and the sample may be stale between two of them."""
    asked = {
        selector.metric
        for rule in group["rules"]
        if "alert" in rule
        for selector in read(rule["expr"]).selectors
    }

    assert {SELDOM[metric] for metric in asked & SELDOM.keys()} <= {group["name"]}


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        ("FacegraphErrorBudgetFast", f"{queries.GONE_IN_TWO_DAYS} * {queries.ERROR_BUDGET}"),
        ("FacegraphLatencyBudgetFast", f"{queries.GONE_IN_TWO_DAYS} * {queries.LATENCY_BUDGET}"),
        ("facegraph:in_time:total", f'route="{queries.IDENTIFY}", le="{queries.IN_TIME_SECONDS}"'),
        ("facegraph:requests:total", f'route!~"{queries.PROBES}"'),
        ("facegraph:failed:total", f'route!~"{queries.PROBES}"'),
        ("FacegraphDatabaseSlow", f'le="{queries.SLOW_QUERY_SECONDS}"'),
    ],
)
def test_the_dashboard_has_the_numbers_of_the_rules(rule: str, number: str) -> None:
    """A line is drawn where the alert is."""
    (said,) = (each.expression for each in of_rules() if each.where == rule)
    assert number in said


def test_what_is_one_number_is_asked_for_once() -> None:
    """A number of the month asked for at each point of a range costs as much again each time."""
    targets = [
        (panel["type"] == "stat", target["instant"], target["range"])
        for panel in yaml.safe_load(dashboard.text())["panels"]
        for target in panel.get("targets", ())
    ]

    assert set(targets) == {(True, True, False), (False, False, True)}
