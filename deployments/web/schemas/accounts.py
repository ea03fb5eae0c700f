"""Log-in, tokens and accounts."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Secret, SecretStr, StrictBool, StringConstraints
from pydantic.config import JsonDict

from deployments.messages import Role
from deployments.web.passwords import MAX_BYTES
from deployments.web.principal import Scope
from deployments.web.schemas.base import ID_PATTERN, NO_NUL, Changes, Id, Listing, Received, Sent

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


class AccountChanges(Changes):
    """What of an account can change."""

    password: NewPassword = Field(default_factory=lambda: Secret(""))
    role: Role = "auditor"
    collections: list[Grant] = Field(default_factory=list)
    scopes: list[Scope] = Field(default_factory=list)
    disabled: StrictBool = False


class AccountOut(Sent):
    """An account as others see it."""

    username: str
    role: Role
    collections: list[str]
    scopes: list[str]
    disabled: bool
    created_at: datetime
    updated_at: datetime


class AccountList(Listing[AccountOut]):
    """Accounts by name."""
