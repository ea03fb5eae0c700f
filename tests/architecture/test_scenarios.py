"""The scenarios of rules_test.yml are made of what there is, and no alert goes untried."""

import re
from typing import Any

import pytest
import yaml

from tests.architecture.test_observability import ALERTS, BOUNDS, FOLDER, KNOWN, ROOT, VALUES
from tests.promql import read

SCENARIOS = yaml.safe_load((FOLDER / "rules_test.yml").read_text("utf-8"))["tests"]
INPUTS = sorted({each["series"] for one in SCENARIOS for each in one["input_series"]})
FAULTS = "".join(
    (ROOT / "tests/alerts" / name).read_text("utf-8")
    for name in ("test_alerts.py", "test_drift.py")
)
# The service refuses callers before a queue could grow for long.
UNTRIED = {"FacegraphQueueGrows"}
# What an expression asks for by a pattern, or for any of; a series has one.
TOLD = VALUES | {
    "code": {"200", "429", "499", "500", "503", "504"},
    "job": {"facegraph", "something else"},
    "source": {"lobby", "gate"},
    "policy": {"door", "gate"},
    "query": {
        f"{path.stem}.{name}"
        for path in (ROOT / "db/sql").glob("*.sql")
        for name in re.findall(r"^-- name: (\w+)", path.read_text("utf-8"), re.MULTILINE)
    },
}


@pytest.mark.parametrize("series", INPUTS)
def test_scenarios_are_made_of_what_there_is(series: str) -> None:
    """What rules_test.yml makes up is a series that the service tells, or a rule records."""
    (selector,) = read(series).selectors
    told = {each.label: each.value for each in selector.matchers}
    bound = told.pop("le", None)

    assert told.keys() <= KNOWN[selector.metric]
    assert [(label, value) for label, value in told.items() if value not in TOLD[label]] == []
    assert bound is None or bound in BOUNDS[selector.metric]


def test_a_scenario_begins_before_its_series_do() -> None:
    """A counter with labels is born with its first value, which is no increase."""
    assert [
        one for one in SCENARIOS if any(each["values"][0] == "_" for each in one["input_series"])
    ]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_is_tested_by_promtool(alert: dict[str, Any]) -> None:
    """rules_test.yml lets it fire, not only wait; that it is quiet is told by other scenarios."""
    fired = [
        sample["labels"]
        for scenario in SCENARIOS
        for moment in scenario["promql_expr_test"]
        for sample in moment.get("exp_samples", ())
    ]

    assert [each for each in fired if f'alertname="{alert["alert"]}", alertstate="firing"' in each]


def test_every_alert_has_its_fault() -> None:
    """`make alerts` brings about what each is for, where that can be done at will."""
    tried = set(re.findall(r"Facegraph\w+", FAULTS))
    assert tried | UNTRIED == {alert["alert"] for alert in ALERTS}
