"""Everything the environment decides, in one frozen object.

Numbers that people tune per deployment (replicas, batches, queues, pack, device) live in
`serve_config.yaml`; what differs from machine to machine, and every secret, lives here.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


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
    serve_config: Path = Field(
        Path("serve_config.yaml"), description="The graph's configuration; see the file itself."
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "FACEGRAPH_DATABASE_URL"),
        description="PostgreSQL >= 15 with pgvector >= 0.8; unset: the embedded server.",
    )
    admin_password: SecretStr | None = Field(
        None,
        min_length=8,
        description="Password of `admin` at first start; unset: generated into the data dir.",
    )
    jwt_secret: SecretStr | None = Field(
        None, min_length=32, description="HS256 key; unset: generated into the data dir."
    )
    access_token_seconds: int = Field(900, ge=1, description="Life of an access token.")
    refresh_token_seconds: int = Field(
        14 * 86400, ge=1, description="Life of a refresh token; each is good for one use."
    )
    bcrypt_rounds: int = Field(12, ge=4, le=16, description="Work factor of password hashes, log2.")
    max_body_bytes: int = Field(
        32 * 2**20, ge=1, description="Largest body any route takes (an enrolment of many photos)."
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
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("json", pattern="^(json|console)$", description="json or console.")

    @field_validator("accepted_licences", mode="before")
    @classmethod
    def _separated(cls, names: str | Iterable[str]) -> frozenset[str]:
        parts = names.split(",") if isinstance(names, str) else names
        return frozenset(part.strip() for part in parts) - {""}

    @property
    def database(self) -> str:
        """The database's address, with whatever secret it holds; raises ValueError where unset."""
        if self.database_url is None:
            raise ValueError("DATABASE_URL is not set, and nothing started the embedded server")
        return self.database_url.get_secret_value()


@cache
def settings() -> Settings:
    """Return this process's settings; the environment is read at the first call."""
    return Settings()
