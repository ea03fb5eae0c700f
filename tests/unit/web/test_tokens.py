"""Access and refresh tokens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from deployments.errors import TokenExpired, Unauthenticated
from deployments.messages import Account
from deployments.web.tokens import CLAIMS, Tokens, new_refresh_token, refresh_digest
from tests.unit.web.conftest import SECRET

NOW = datetime.now(UTC)
ACCOUNT = Account("ada", "verifier", ("a", "b"), ("scores",), False, NOW, NOW)
TOKENS = Tokens(SECRET, 900)


def forged(claims: dict[str, Any], key: str = SECRET, algorithm: str = "HS256") -> str:
    """Return a token like ours, but for these claims; None leaves a claim out."""
    ours = jwt.decode(TOKENS.issue(ACCOUNT), options={"verify_signature": False})
    kept = {name: value for name, value in (ours | claims).items() if value is not None}
    return jwt.encode(kept, key, algorithm)


def test_round_trip() -> None:
    """A token says who the caller is, without asking anybody."""
    principal = TOKENS.principal(TOKENS.issue(ACCOUNT))

    assert (principal.username, principal.role) == ("ada", "verifier")
    assert principal.collections == ("a", "b")
    assert principal.scopes == ("scores",)


@pytest.mark.parametrize("must", [True, False])
def test_a_password_to_be_changed_is_in_the_token(must: bool) -> None:
    """No route asks the database whether the caller's password must be changed first."""
    token = TOKENS.issue(replace(ACCOUNT, must_change_password=must))

    assert TOKENS.principal(token).must_change_password is must


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_is_needed(claim: str) -> None:
    """A token that leaves a claim out is none of ours."""
    with pytest.raises(Unauthenticated):
        TOKENS.principal(forged({claim: None}))


@pytest.mark.parametrize(
    "token",
    [
        forged({}, key="another key, of thirty-two characters"),
        forged({"aud": "another-api"}),
        forged({"iss": "another-issuer"}),
        forged({"nbf": NOW + timedelta(hours=1)}),
        forged({"iat": NOW + timedelta(hours=1)}),
        forged({}, algorithm="HS512", key=SECRET * 2),
        forged({}, algorithm="none", key=""),
        "not.a.token",
        "ünicode",
    ],
)
def test_forgeries(token: str) -> None:
    """Key, algorithm, audience, issuer and times all have to be ours."""
    with pytest.raises(Unauthenticated):
        TOKENS.principal(token)


def test_expiry_ends_a_token_that_was_seen_before() -> None:
    """What was verified once is still looked at for its time."""
    token = forged({"exp": NOW - timedelta(minutes=1)})
    with pytest.raises(TokenExpired):
        TOKENS.principal(token)
    with pytest.raises(TokenExpired):
        TOKENS.principal(token)


def test_every_token_differs() -> None:
    """Two tokens of one account in one second are two tokens."""
    assert TOKENS.issue(ACCOUNT) != TOKENS.issue(ACCOUNT)


def test_refresh_token_is_random_and_kept_as_a_digest() -> None:
    """A refresh token has 256 random bits, and its digest does not give it away."""
    first, second = new_refresh_token(), new_refresh_token()

    assert first.secret != second.secret
    assert len(first.secret) == 43
    assert first.digest == refresh_digest(first.secret)
    assert len(first.digest) == 32
