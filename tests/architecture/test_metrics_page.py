"""docs/metrics.md tells of every metric of the catalogue, and of no other."""

from deployments import metrics_page
from deployments.instruments import REGISTRY
from deployments.metrics_page import PAGE, USE, VALUES, render


def test_the_page_is_current() -> None:
    """Whoever changes a metric writes the page anew: `python -m deployments.metrics_page`."""
    assert PAGE.read_text("utf-8") == render()


def test_each_metric_says_what_it_is_for() -> None:
    """None is there that nobody has a use for."""
    assert {family.name for family in REGISTRY.collect()} == set(USE)


def test_each_label_says_what_it_holds() -> None:
    """Of every label there is a list of its values, or where they come from."""
    labels = {label for metric in metrics_page.metrics() for label in metrics_page.labels(metric)}

    assert labels == set(VALUES)
