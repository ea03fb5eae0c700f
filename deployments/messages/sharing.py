"""For whom work is done: in which flow it shares what there is, and for which request."""

from dataclasses import dataclass
from typing import Literal

Priority = Literal["interactive", "bulk"]


@dataclass(frozen=True, slots=True)
class Flow:
    """Whose work it is, and of which class: what capacity is shared fairly among."""

    caller: str = ""
    priority: Priority = "interactive"

    @property
    def weight(self) -> float:
        """How much more than one of an enrolment it gets where both want all they can have."""
        return 4.0 if self.priority == "interactive" else 1.0


@dataclass(frozen=True, slots=True)
class Origin:
    """The request that work is done for; `traceparent` is of the span it belongs below, if any."""

    request_id: str
    traceparent: str | None = None
