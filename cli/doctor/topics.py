"""All checks in the order in which they are made, by topic."""

from collections.abc import Iterable, Iterator
from typing import Final

from cli.doctor import configuration, database, machine, models, ports, room, serving, threads
from cli.doctor.case import Case
from cli.doctor.examination import Topic, examine
from cli.doctor.report import Told

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
            room.memory,
            room.shared_memory,
            room.open_files,
            room.disk,
            machine.clock,
        ),
    ),
    Topic("Ports", (ports.service_port, ports.ray_ports, ports.leftovers)),
    Topic("Ray", (serving.ray, serving.haproxy, serving.ray_variables)),
    Topic("Database", (database.database,)),
    Topic("Models", (models.pack, models.engine, models.liveness)),
    Topic("Threads", (threads.thread_variables, threads.cpu_shares, threads.gpus)),
)


def findings(case: Case, topics: Iterable[Topic] = TOPICS) -> Iterator[Told]:
    """Yield what every check finds, with its topic, as it is found."""
    for topic in topics:
        for check in topic.checks:
            for finding in examine(check, case):
                yield topic.name, finding
