"""The search for secrets in logs finds them."""

import base64
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from cli import pictures
from deployments.web.service_keys import new_key
from deployments.web.tokens import Tokens
from tests.leaks import CANARY, Secrets
from tests.unit.web.conftest import SECRET, SESSION
from tests.unit.web.in_memory.register import Register

VECTOR = np.random.default_rng(7).normal(scale=0.09, size=128).astype(np.float32)
TOKENS = Tokens([SECRET], 900)
PHOTO = pictures.jpeg(pictures.stranger_photo())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"name={CANARY}!".encode(), "a canary"),
        (base64.b64encode(f"{CANARY}:{CANARY}".encode()), "a canary"),
        (base64.b64encode(b"ada:hunter2-hunter2"), "admin"),
        (b'{"password": "hunter2-hunter2"}', "admin"),
        (TOKENS.issue(Register().add("ada", "admin"), SESSION).encode(), "an access token"),
        (TOKENS.new_refresh_token().secret.encode(), "a refresh token"),
        (new_key().secret.encode(), "a key of a machine"),
        (b"an event " + PHOTO, "an image"),
        (repr(PHOTO).encode(), "an image"),
        (base64.b64encode(PHOTO), "an image in base64"),
        (str(VECTOR.tolist()).encode(), "a vector"),
        (repr(VECTOR).encode(), "a vector"),
    ],
    # Numbered: some are made anew in each process, and workers have to call a test alike.
    ids=[
        "canary",
        "basic",
        "basic password",
        "password",
        "access",
        "refresh",
        "key",
        "image",
        "bytes",
        "base64",
        "list",
        "array",
    ],
)
def test_what_is_secret_is_found_by_its_kind(tmp_path: Path, text: bytes, kind: str) -> None:
    """A file that says a secret is named with what it says, and without saying it again."""
    (tmp_path / "good.log").write_bytes(b'{"decode": 2.381, "detect": 4.542, "align": 0.601}')
    (tmp_path / "bad.log").write_bytes(b"before " + text + b" after")
    found = Secrets(admin="hunter2-hunter2").said_in(sorted(tmp_path.iterdir()))

    assert found == [(str(tmp_path / "bad.log"), kind)]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"json": {"refresh_token": "of-somebody"}}, "of-somebody"),
        ({"data": {"username": "ada", "password": "typed & wrong"}}, "typed & wrong"),
        ({"headers": {"Authorization": "Bearer invented-token"}}, "invented-token"),
    ],
)
def test_what_is_sent_is_looked_for(sent: dict[str, Any], said: str) -> None:
    """A client that tells of its requests has their passwords and tokens looked for."""
    secrets = Secrets()
    service = httpx.MockTransport(lambda _: httpx.Response(200, json={"access_token": "given-out"}))
    hooks = {"request": [secrets.sent], "response": [secrets.answered]}
    with httpx.Client(transport=service, event_hooks=hooks) as client:  # type: ignore[arg-type]
        client.post("http://facegraph/v1/auth/token", **sent)

    assert len(list(secrets.said(said.encode()))) == 1
    assert list(secrets.said(b"given-out")) == ["access_token"]
