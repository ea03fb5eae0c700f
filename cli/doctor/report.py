"""All topics in their order, and the report that a person or a program reads."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Final, TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.doctor import configuration, database, machine, models, ports, serving, threads
from cli.doctor.case import Case
from cli.doctor.examination import Topic, examine
from cli.doctor.findings import Finding, Level

TOPICS: Final = (
    Topic(
        "Configuration",
        (
            configuration.settings,
            configuration.graph,
            configuration.exposure,
            configuration.generated_secrets,
            configuration.secret_files,
        ),
    ),
    Topic(
        "Machine",
        (
            machine.python,
            machine.account,
            machine.processor,
            machine.memory,
            machine.shared_memory,
            machine.open_files,
            machine.disk,
            machine.clock,
        ),
    ),
    Topic("Ports", (ports.service_port, ports.ray_ports, ports.leftovers)),
    Topic("Ray", (serving.ray, serving.haproxy, serving.ray_variables)),
    Topic("Database", (database.database,)),
    Topic("Models", (models.pack, models.engine, models.liveness)),
    Topic("Threads", (threads.thread_variables, threads.cpu_shares, threads.gpus)),
)

Told: TypeAlias = tuple[str, Finding]

SIGNS: Final[dict[Level, tuple[str, str]]] = {
    "good": ("✓", "green"),
    "doubtful": ("!", "yellow"),
    "bad": ("✗", "bold red"),
}


def findings(case: Case, topics: Iterable[Topic] = TOPICS) -> Iterator[Told]:
    """Yield what every check finds, with its topic, as it is found."""
    for topic in topics:
        for check in topic.checks:
            for finding in examine(check, case):
                yield topic.name, finding


def tell(told: Iterable[Told], console: Console) -> list[Finding]:
    """Print each finding as it comes, and return them all."""
    heard: list[Finding] = []
    shown = ""
    for topic, finding in told:
        if topic != shown:
            console.print(Text(topic, "bold"))
            shown = topic
        console.print(_line(finding))
        heard.append(finding)
    return heard


def summary(heard: list[Finding]) -> str:
    """Return how it stands, in one sentence."""
    levels = [each.level for each in heard]
    bad, doubtful = levels.count("bad"), levels.count("doubtful")
    verdict = f"{bad} to mend" if bad else "Nothing has to be mended"
    return f"{verdict}; {doubtful} to know of, {levels.count('good')} well."


def as_json(told: Iterable[Told]) -> tuple[str, list[Finding]]:
    """Return the findings as a list of objects, and as they are."""
    heard = list(told)
    rows = [{"topic": topic, **asdict(finding)} for topic, finding in heard]
    return json.dumps(rows, indent=2, ensure_ascii=False), [finding for _, finding in heard]


def _line(finding: Finding) -> Table:
    """Return sign, name, and what was found with what to mend under it, wrapped beside them."""
    sign, style = SIGNS[finding.level]
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(width=3, justify="right")
    row.add_column(width=18)
    row.add_column()
    found = Text(finding.found)
    if finding.mend:
        found.append(f"\n→ {finding.mend}", style.removeprefix("bold "))
    row.add_row(Text(sign, style), Text(finding.what), found)
    return row
