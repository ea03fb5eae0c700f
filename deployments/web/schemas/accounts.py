"""Log-in, tokens and accounts."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Secret, SecretStr, StrictBool, StringConstraints
from pydantic.config import JsonDict

from deployments.messages.accounts import Role
from deployments.web.passwords import MAX_BYTES
from deployments.web.principal import Principal, Scope
from deployments.web.schemas.base import (
    ID_PATTERN,
    NO_NUL,
    Changes,
    Id,
    Listing,
    Received,
    Sent,
    Text,
)

# Long enough for any password worth typing; what bcrypt cannot tell apart is refused later.
Password = Annotated[SecretStr, Field(max_length=1024)]
AS_PASSWORD: JsonDict = {
    "format": "password",
    "writeOnly": True,
    "maxLength": MAX_BYTES,
    **NO_NUL,
}
# Not a SecretStr, whose length pydantic tells in items and not in characters.
NewPassword = Annotated[
    Secret[Annotated[str, StringConstraints(min_length=8, max_length=1024)]],
    Field(json_schema_extra=AS_PASSWORD),
]
Grant = Annotated[str, StringConstraints(pattern=rf"^\*$|{ID_PATTERN}")]


def _not_me(username: str) -> str:
    if username == "me":
        raise ValueError("is taken: /v1/users/me is the caller's own account")
    return username


Username = Annotated[Id, AfterValidator(_not_me), Field(json_schema_extra={"not": {"const": "me"}})]


class LogIn(Received):
    """The form of a log-in, as OAuth 2 has it for passwords."""

    # An empty field of a form is one that is missing.
    username: str = Field(min_length=1, max_length=256, json_schema_extra=NO_NUL)
    password: Annotated[SecretStr, Field(min_length=1, max_length=1024)]
    grant_type: Literal["password"] = "password"


class RefreshIn(Received):
    """A refresh token, to use up or to revoke."""

    refresh_token: str = Field(max_length=256)


class TokenPair(Sent):
    """An access token and the refresh token that gets the next pair."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  the name of a kind
    expires_in: int


class PasswordChange(Received):
    """A new password for the caller's own account."""

    current_password: Password
    new_password: NewPassword


class AccountIn(Received):
    """A new account."""

    username: Username
    password: NewPassword
    role: Role
    collections: list[Grant] = Field(default_factory=list)
    scopes: list[Scope] = Field(default_factory=list)
    disabled: StrictBool = False
    must_change_password: StrictBool = False


class ServiceKeyIn(Received):
    """A new key for a machine; made on the command line only."""

    name: Text
    role: Role
    collections: list[Grant] = Field(default_factory=list)
    scopes: list[Scope] = Field(default_factory=list)
    expires_in_days: float | None = Field(None, gt=0, le=3660)


class AccountChanges(Changes):
    """What of an account can change."""

    password: NewPassword = Field(default_factory=lambda: Secret(""))
    role: Role = "auditor"
    collections: list[Grant] = Field(default_factory=list)
    scopes: list[Scope] = Field(default_factory=list)
    disabled: StrictBool = False
    must_change_password: StrictBool = False


class AccountOut(Sent):
    """An account as others see it; who has none here was never made nor changed."""

    username: str
    role: Role
    collections: list[str]
    scopes: list[str]
    disabled: bool
    must_change_password: bool
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of_stranger(cls, principal: Principal) -> "AccountOut":
        """Show a caller who has no account: a service key, or a company's own people."""
        return cls(
            username=principal.username,
            role=principal.role,
            collections=list(principal.collections),
            scopes=list(principal.scopes),
            disabled=False,
            must_change_password=False,
            created_at=None,
            updated_at=None,
        )


class AccountList(Listing[AccountOut]):
    """Accounts by name."""
