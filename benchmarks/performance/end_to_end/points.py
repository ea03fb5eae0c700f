"""One point of load: what answers, their times and the clocks of processes amount to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks.closed_loop import Answer
from deployments.web.timing import STAGES

Figures = dict[str, Any]

PERCENTILES = (50, 95, 99)
TIMED = (*STAGES, "total")


def closed(
    clients: int, answers: Sequence[Answer], seconds: float, cpu: dict[str, float], client: float
) -> Figures:
    """Return the figures of a closed loop; `cpu` and `client` are seconds used meanwhile.

    `seconds` last until the last answer has come, so that slow ones are all counted.
    """
    count = len(answers)
    return {
        "clients": clients,
        "answers": count,
        "statuses": statuses(answers),
        "a second": count / seconds,
        **percentiles(answer.done - answer.sent for answer in answers),
        "CPU ms": {part: 1000 * used / count for part, used in cpu.items()},
        "client's CPU ms": 1000 * client / count,
        "stages, ms": stages(answers),
    }


def opened(share: float, rate: float, answers: Sequence[Answer], seconds: float) -> Figures:
    """Return the figures of an open loop of a mean rate, a share of what the closed one reached."""
    return {
        "share": share,
        "asked a second": rate,
        "answers": len(answers),
        "statuses": statuses(answers),
        "a second": len(answers) / seconds,
        "from due": percentiles(answer.done - answer.due for answer in answers),
        "from sent": percentiles(answer.done - answer.sent for answer in answers),
    }


def statuses(answers: Sequence[Answer]) -> dict[str, int]:
    """Count answers by status."""
    return dict(Counter(str(answer.status) for answer in answers))


def percentiles(seconds: Iterable[float]) -> dict[str, float]:
    """Return percentiles in milliseconds, by name."""
    found = 1000 * np.percentile(list(seconds), PERCENTILES)
    return {f"p{at} ms": float(ms) for at, ms in zip(PERCENTILES, found, strict=True)}


def stages(answers: Sequence[Answer]) -> dict[str, float]:
    """Return the mean of each stage that Server-Timing tells of; nothing where it tells nothing.

    `outside` is what the client saw beside `total`: connections, HAProxy, the bytes' way.
    """
    told = [timed for answer in answers if (timed := server_timing(answer.head))]
    if not told:
        return {}
    means = {stage: fmean(each.get(stage, 0.0) for each in told) for stage in TIMED}
    seen = 1000 * fmean(answer.done - answer.sent for answer in answers)
    return means | {"outside": seen - means["total"]}


def server_timing(head: bytes) -> dict[str, float]:
    """Return milliseconds by stage, from the head of an answer."""
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "server-timing":
            pairs = (stage.strip().split(";dur=") for stage in value.split(","))
            return {stage: float(ms) for stage, ms in pairs}
    return {}
