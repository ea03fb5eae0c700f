"""What the limiter is asked at the door and answers: limits of callers, and capacity for work."""

from collections.abc import Mapping
from dataclasses import dataclass

from deployments.messages.sharing import Flow


@dataclass(frozen=True, slots=True)
class Window:
    """At most `amount` requests in any `seconds` seconds."""

    amount: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request asks of one limit, of the share that `who` has of it."""

    limit: str
    who: str
    windows: tuple[Window, ...]
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Quota:
    """How one window of a limit stands for one caller; `policy` is the name of the two together.

    `reset` is the seconds until more of it is free again: for who was refused, enough.
    """

    limit: str
    policy: str
    window: Window
    remaining: int
    reset: float


@dataclass(frozen=True, slots=True)
class CapacityBounds:
    """How much work may be under way: `burst` requests for a moment, `queue_seconds` of it else."""

    burst: int
    queue_seconds: float


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What one ingress replica has under way; takes the place of what it said before.

    `ended` counts, since the replica began, the requests whose photos were analysed.
    """

    replica: str
    held: Mapping[Flow, int]
    ended: int
    bounds: CapacityBounds


@dataclass(frozen=True, slots=True)
class Entry:
    """A request at the door: what it is charged for, and the flow in which it would be work."""

    charges: tuple[Charge, ...]
    flow: Flow | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry: the window without room, or how all of them stand now.

    `drain_seconds` is set where there was no capacity, and nothing counted: how long what is under
    way takes.
    """

    refused: Quota | None
    quotas: tuple[Quota, ...]
    drain_seconds: float | None = None
