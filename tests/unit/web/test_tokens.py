"""Access and refresh tokens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from deployments.errors import InvalidCredentials, TokenExpired, Unauthenticated
from deployments.messages.accounts import Account
from deployments.web.tokens import CLAIMS, Tokens, key_id
from tests.unit.web.conftest import SECRET, SESSION

NOW = datetime.now(UTC)
ACCOUNT = Account("ada", "verifier", ("a", "b"), ("scores",), False, NOW, NOW)
OTHER = "another key, of thirty-two characters"
TOKENS = Tokens([SECRET], 900)


def forged(
    claims: dict[str, Any],
    key: str = SECRET,
    algorithm: str = "HS256",
    kid: str | None = key_id(SECRET),
) -> str:
    """Return a token like ours, but for these claims; None leaves a claim out."""
    ours = jwt.decode(TOKENS.issue(ACCOUNT, SESSION), options={"verify_signature": False})
    kept = {name: value for name, value in (ours | claims).items() if value is not None}
    return jwt.encode(kept, key, algorithm, {"kid": kid} if kid is not None else None)


def test_round_trip() -> None:
    """A token says who the caller is, without asking anybody."""
    read = TOKENS.read(TOKENS.issue(ACCOUNT, SESSION))
    principal = read.principal

    assert (read.session, read.generation) == (str(SESSION), ACCOUNT.generation)
    assert (principal.username, principal.role) == ("ada", "verifier")
    assert principal.collections == ("a", "b")
    assert principal.scopes == ("scores",)


@pytest.mark.parametrize("must", [True, False])
def test_a_password_to_be_changed_is_in_the_token(must: bool) -> None:
    """No route asks the database whether the caller's password must be changed first."""
    token = TOKENS.issue(replace(ACCOUNT, must_change_password=must), SESSION)

    assert TOKENS.read(token).principal.must_change_password is must


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_is_needed(claim: str) -> None:
    """A token that leaves a claim out is none of ours."""
    with pytest.raises(Unauthenticated):
        TOKENS.read(forged({claim: None}))


@pytest.mark.parametrize(
    "token",
    [
        forged({}, key=OTHER),
        forged({}, key=OTHER, kid=key_id(OTHER)),
        forged({}, kid=None),
        forged({}, kid="0"),
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
        TOKENS.read(token)


def test_expiry_ends_a_token_that_was_seen_before() -> None:
    """What was verified once is still looked at for its time."""
    token = forged({"exp": NOW - timedelta(minutes=1)})
    with pytest.raises(TokenExpired):
        TOKENS.read(token)
    with pytest.raises(TokenExpired):
        TOKENS.read(token)


def test_every_token_differs() -> None:
    """Two tokens of one account in one second are two tokens."""
    assert TOKENS.issue(ACCOUNT, SESSION) != TOKENS.issue(ACCOUNT, SESSION)


def test_a_key_that_is_being_replaced() -> None:
    """While both are given the old key's tokens are read, and only the new one issues."""
    both, new = Tokens([OTHER, SECRET], 900), Tokens([OTHER], 900)
    old_token, new_token = TOKENS.issue(ACCOUNT, SESSION), both.issue(ACCOUNT, SESSION)

    assert both.read(old_token).principal == new.read(new_token).principal
    assert both.refresh_digest(TOKENS.new_refresh_token().secret)
    with pytest.raises(Unauthenticated):
        new.read(old_token)
    with pytest.raises(Unauthenticated):
        TOKENS.read(new_token)


def test_the_name_of_a_key_tells_nothing_of_it() -> None:
    """What stands in the head of a token, for everybody to read, is a digest of the key."""
    named = jwt.get_unverified_header(TOKENS.issue(ACCOUNT, SESSION))

    assert named == {"alg": "HS256", "typ": "JWT", "kid": key_id(SECRET)}
    assert named["kid"] not in SECRET


def test_refresh_token_is_random_and_kept_as_a_digest() -> None:
    """A refresh token has 256 random bits, and its digest does not give it away."""
    first, second = TOKENS.new_refresh_token(), TOKENS.new_refresh_token()

    assert first.secret != second.secret
    assert len(first.secret.partition(".")[0]) == 43
    assert first.digest == TOKENS.refresh_digest(first.secret)
    assert len(first.digest) == 32


@pytest.mark.parametrize(
    "secret",
    ["", ".", "unknown", "a.b", "\ud800.\ud800", TOKENS.new_refresh_token().secret[:-1]],
    ids=["empty", "dot", "one word", "two words", "halves", "cut off"],
)
def test_refresh_tokens_that_nobody_issued(secret: str) -> None:
    """An invented refresh token is told by itself, so that the database is never asked."""
    with pytest.raises(InvalidCredentials):
        TOKENS.refresh_digest(secret)
