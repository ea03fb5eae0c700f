"""Everything the environment decides, in one frozen object.

Numbers that people tune per deployment (replicas, batches, queues, pack, device) live in
`serve_config.yaml`; what differs from machine to machine, and every secret, lives here.
"""

import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")

# To so many bytes zlib packs what repeats itself; 32 random digits of hexadecimal take 38 or more.
PACKED_BYTES = 36
SECRET_CHARACTERS = 32


class Settings(BaseSettings):
    """Read once a process; each field is `FACEGRAPH_` and its name in capitals."""

    # A value that is refused may be a secret, so it is never shown; an empty one is no value.
    model_config = SettingsConfigDict(
        env_prefix="FACEGRAPH_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    host: str = Field("127.0.0.1", description="Address the service listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port of the service; 0 picks a free one.")
    data_dir: Path = Field(
        Path(".facegraph"),
        description="Embedded database, prepared models, generated secrets.",
    )
    accepted_licences: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(),
        description="Names of the packs' licences the operator accepts, comma separated; for "
        "containers. Elsewhere `facegraph models install` asks. See docs/packs.md.",
    )
    cors_origins: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(),
        description="Origins whose pages may read answers, comma separated, each exactly as a "
        "browser says it (https://desk.example.org); unset: none.",
    )
    secrets_dir: Path | None = Field(
        None,
        description="Folder of files, each named like a variable and holding its value; a variable "
        "that is set wins.",
    )
    serve_config: Path = Field(
        Path("serve_config.yaml"), description="The graph's configuration; see the file itself."
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "FACEGRAPH_DATABASE_URL"),
        description="PostgreSQL >= 15 with pgvector >= 0.8; unset: the embedded server.",
    )
    database_password: SecretStr | None = Field(
        None, description="For a DATABASE_URL that holds none, so that it need not be a secret."
    )
    admin_password: SecretStr | None = Field(
        None,
        min_length=8,
        description="Password of `admin` at first start; unset: generated into the data dir.",
    )
    admin_must_change_password: bool = Field(
        False,
        description="Whether the `admin` of the first start can do nothing before they changed "
        "their password.",
    )
    jwt_secret: SecretStr | None = Field(
        None,
        description="HS256 key that signs tokens; unset: generated into the data dir.",
    )
    jwt_previous_secret: SecretStr | None = Field(
        None,
        description="The key before, while it is replaced: its tokens and cursors stay good.",
    )
    access_token_seconds: int = Field(
        900, ge=1, le=86400, description="Life of an access token, a day at most."
    )
    edge_secret: SecretStr | None = Field(
        None,
        description="What the load balancer in front sends as X-Facegraph-Edge; the last address "
        "of its X-Forwarded-For is then believed and limited. Unset: nobody's is.",
    )
    refresh_token_seconds: int = Field(
        14 * 86400, ge=1, description="Life of a refresh token; each is good for one use."
    )
    bcrypt_rounds: int = Field(12, ge=4, le=16, description="Work factor of password hashes, log2.")
    log_in_free_failures: int = Field(
        5, ge=1, le=100, description="Failed log-ins in a row before a name is locked."
    )
    log_in_delay_seconds: float = Field(
        30.0, gt=0, le=86400, description="The first lock; each further failure doubles it."
    )
    log_in_longest_delay_seconds: float = Field(
        900.0, gt=0, le=86400, description="The longest lock."
    )
    max_body_bytes: int = Field(
        32 * 2**20, ge=1, description="Largest body any route takes (an enrolment of many photos)."
    )
    max_bodies_bytes: int = Field(
        512 * 2**20,
        ge=1,
        description="Largest sum of the bodies that one replica holds at once; of one caller half. "
        "At least twice the largest body.",
    )
    max_image_bytes: int = Field(10 * 2**20, ge=1, description="Largest encoded image.")
    max_image_pixels: int = Field(
        40_000_000, ge=1, description="Largest image in pixels, told from its header."
    )
    decode_timeout_seconds: float = Field(
        5.0,
        gt=0,
        description="A photo that takes longer to decode is refused as undecodable. Photos of one "
        "batch wait for it: keep it well under request_timeout_seconds.",
    )
    body_timeout_seconds: float = Field(15.0, gt=0, description="A body must arrive within this.")
    request_timeout_seconds: float = Field(
        10.0, gt=0, description="The service's own deadline; a caller may only shorten it."
    )
    metrics: bool = Field(
        True, description="Whether the service counts and measures itself; see docs/metrics.md."
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="What whoever reads /metrics sends as Authorization: Bearer; unset: nothing.",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: Literal["json", "console"] | None = Field(
        None,
        description="How `facegraph up` shows the log on standard output, json or console; unset: "
        "console in a terminal, else json. The files it comes from are JSON.",
    )

    @field_validator("jwt_secret", "jwt_previous_secret", "edge_secret", "metrics_token")
    @classmethod
    def _hard_to_guess(cls, key: SecretStr | None) -> SecretStr | None:
        """Refuse a key that somebody may guess."""
        if key is not None:
            refuse_easy_to_guess(key.get_secret_value())
        return key

    @model_validator(mode="after")
    def _room_for_the_largest(self) -> Self:
        if self.max_bodies_bytes < 2 * self.max_body_bytes:
            raise ValueError("max_bodies_bytes must be at least twice max_body_bytes")
        return self

    @field_validator("accepted_licences", "cors_origins", mode="before")
    @classmethod
    def _separated(cls, names: str | Iterable[str]) -> frozenset[str]:
        parts = names.split(",") if isinstance(names, str) else names
        return frozenset(part.strip() for part in parts) - {""}

    @field_validator("cors_origins")
    @classmethod
    def _exact(cls, origins: frozenset[str]) -> frozenset[str]:
        if not all(ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError(
                "an origin is a scheme, a host and perhaps a port, without a path or *"
            )
        return origins

    @property
    def database(self) -> str:
        """The database's address, with its password where one is needed.

        Raises ValueError where DATABASE_URL is not set.
        """
        if self.database_url is None:
            raise ValueError("DATABASE_URL is not set, and nothing started the embedded server")
        url = self.database_url.get_secret_value()
        if self.database_password is None:
            return url
        return _with_password(url, self.database_password.get_secret_value())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the files of `secrets_dir` after the environment; the environment names it."""
        del dotenv_settings, file_secret_settings
        folder = os.environ.get("FACEGRAPH_SECRETS_DIR")
        if not folder:
            return init_settings, env_settings
        if not Path(folder).is_dir():
            raise SettingsError(f"FACEGRAPH_SECRETS_DIR: {folder} is not a folder")
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, folder)


def _with_password(url: str, password: str) -> str:
    """Return the address with the password put in, where it names a user and no password."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not user or ":" in user:
        return url
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}{at}{host}").geturl()


def refuse_easy_to_guess(key: str) -> None:
    """Raise ValueError for a key that is short, or that repeats itself, or counts on."""
    if len(key) < SECRET_CHARACTERS:
        raise ValueError(f"must have at least {SECRET_CHARACTERS} characters")
    if _easy_to_guess(key):
        raise ValueError("is too easy to guess: make one with `openssl rand -base64 32`")


def _easy_to_guess(text: str) -> bool:
    steps = Counter(ord(after) - ord(before) for before, after in pairwise(text))
    packed = zlib.compress(text.encode(), 9)
    return len(packed) < PACKED_BYTES or max(steps.values()) > len(text) / 2


@cache
def settings() -> Settings:
    """Return this process's settings; the environment is read at the first call."""
    return Settings()
