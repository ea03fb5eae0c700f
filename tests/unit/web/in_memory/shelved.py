"""The policies in memory."""

from dataclasses import replace

from deployments.errors import NotFound
from deployments.messages.pages import Page
from deployments.policies.policy import Policy, PolicyChanges
from tests.unit.web.in_memory.pages import paged
from tests.unit.web.in_memory.shelf import Shelf
from tests.unit.web.in_memory.toys import NOW


class Shelved:
    """The stored policies, which the matcher in memory knows at once."""

    def __init__(self, shelf: Shelf) -> None:
        self.held = shelf.policies
        self.asked: list[int] = []
        self.error: Exception | None = None

    async def changes(self, since: int) -> PolicyChanges:
        """Return everything, however old."""
        self.asked.append(since)
        if self.error is not None:
            raise self.error
        return PolicyChanges(len(self.asked), tuple(self.held.values()))

    async def policy(self, name: str) -> Policy:
        """Read a policy."""
        if name not in self.held:
            raise NotFound("There is no such policy.")
        return self.held[name]

    async def policies(self, after: str | None, limit: int) -> Page[Policy]:
        """List the policies."""
        keys, following = paged(list(self.held), after, limit)
        return Page(tuple(self.held[key] for key in keys), following)

    async def store(self, policy: Policy) -> Policy:
        """Store a policy."""
        self.held[policy.name] = replace(policy, created_at=NOW, updated_at=NOW)
        return self.held[policy.name]
