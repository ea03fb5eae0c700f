"""The caller of a request, as what they show tells."""

from dataclasses import dataclass
from typing import Literal

from deployments.messages.accounts import Role

Scope = Literal["scores", "embeddings"]
Kind = Literal["account", "service_key", "identity_provider"]
EVERY_COLLECTION = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller; lives as long as the request.

    Names of service keys and of an identity provider's people hold a colon, those of accounts none.
    """

    username: str
    role: Role
    collections: tuple[str, ...]
    scopes: tuple[str, ...]
    kind: Kind = "account"
    must_change_password: bool = False

    def holds(self, scope: Scope) -> bool:
        """Tell whether the caller has `scope`; admins have every one."""
        return self.role == "admin" or scope in self.scopes

    @property
    def granted(self) -> tuple[str, ...] | None:
        """The collections the caller may know of; None for all of them."""
        if self.role in {"admin", "auditor"} or EVERY_COLLECTION in self.collections:
            return None
        return self.collections

    def sees(self, collection: str) -> bool:
        """Tell whether the caller may know of `collection`."""
        return self.granted is None or collection in self.granted
