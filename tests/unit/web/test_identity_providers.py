"""Tokens of a company's own identity provider."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import ValidationError

from deployments import tracing
from deployments.arguments import IdentityProviderArguments, IngressTuning
from deployments.errors import Forbidden, TokenExpired, Unauthenticated, Unavailable
from deployments.web import identity_providers
from deployments.web.identity_providers import IdentityProvider, fetch, issuer_of
from tests.unit.clock import Clock
from tests.unit.web.company import described
from tests.unit.web.conftest import SECRET, Service

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())

ISSUER = "https://login.company.test/"
ARGUMENTS: dict[str, Any] = {
    "name": "company",
    "issuer": ISSUER,
    "audience": "facegraph",
    "jwks": "https://login.company.test/keys",
    "algorithms": ["RS256", "ES256"],
    "grants": [
        {"claim": "groups", "value": "face-admins", "role": "admin"},
        {
            "claim": "realm.roles",
            "value": "guard",
            "role": "verifier",
            "collections": ["lobby"],
            "collections_claim": "sites",
            "scopes": ["scores"],
        },
    ],
}


SYMMETRIC = {"kty": "oct", "k": "c2VjcmV0", "kid": "rsa-1", "alg": "HS256"}
KEYS = {"keys": [described(RSA, "rsa-1"), described(EC, "ec-1")]}


def token(
    key: Any = RSA, algorithm: str = "RS256", kid: str | None = "rsa-1", **claims: Any
) -> str:
    """Return a token as the company's provider issues it, but for these claims."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": "facegraph", "sub": "ada", "iat": now, "exp": now + 600}
    said = usual | {"groups": ["staff", "face-admins"]} | claims
    kept = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(kept, key, algorithm, {"kid": kid} if kid else None)


class KeySet:
    """Where the provider publishes its keys."""

    def __init__(self) -> None:
        self.document: Any = KEYS
        self.asked = 0
        self.error: Exception | None = None

    async def __call__(self, place: str) -> bytes:
        """Answer as the address would."""
        assert place == ARGUMENTS["jwks"]
        self.asked += 1
        if self.error is not None:
            raise self.error
        return json.dumps(self.document).encode()


@pytest.fixture
def published() -> KeySet:
    """Return the published key set, which this test may change."""
    return KeySet()


@pytest.fixture
async def provider(published: KeySet, clock: Clock) -> AsyncIterator[IdentityProvider]:
    """Yield the company's provider as it is configured here."""
    made = IdentityProvider(IdentityProviderArguments.model_validate(ARGUMENTS), published, clock)
    yield made
    made.close()


@pytest.mark.parametrize("signed", [(), (EC, "ES256", "ec-1")], ids=["RS256", "ES256"])
async def test_round_trip(provider: IdentityProvider, signed: tuple[Any, ...]) -> None:
    """A token of either kind of key is worth what the first fitting grant says."""
    principal = await provider.principal(token(*signed))

    assert (principal.username, principal.role, principal.kind) == (
        "company:ada",
        "admin",
        "identity_provider",
    )


async def test_grants_from_claims(provider: IdentityProvider) -> None:
    """A claim may lie deeper, be a single text, and name collections beside the configured ones."""
    principal = await provider.principal(
        token(groups=None, realm={"roles": "guard"}, sites=["gate", 7, "yard"])
    )

    assert (principal.role, principal.scopes) == ("verifier", ("scores",))
    assert principal.collections == ("lobby", "gate", "yard")


@pytest.mark.parametrize("groups", [None, [], ["staff"], "face-admins-not", {"face-admins": 1}, 7])
async def test_nobody_here(provider: IdentityProvider, groups: Any) -> None:
    """Whom the provider knows and no grant fits has no role here."""
    with pytest.raises(Forbidden):
        await provider.principal(token(groups=groups))


NOW = int(time.time())


@pytest.mark.parametrize(
    "shown",
    [
        token(OTHER_RSA),
        token(aud="another-api"),
        token(iss="https://elsewhere.test/"),
        token(sub=None),
        token(sub=""),
        token(sub="x" * 257),
        token(iat=None),
        token(exp=None),
        token(iat=NOW + 3600, exp=NOW + 4000),
        token(nbf=NOW + 3600),
        token(exp=NOW + 7200),
        token(exp="soon"),
        token(exp=float("inf")),
        token(EC, "ES256", "rsa-1"),
        token(RSA, "RS256", "ec-1"),
        token(RSA, "RS512"),
        token(SECRET, "HS256"),
        token(KEYS["keys"][0]["n"], "HS256"),
        token("", "none"),
        token(kid=None),
        token(kid="unknown"),
        "not.a.token",
        "",
    ],
)
async def test_forgeries(provider: IdentityProvider, shown: str) -> None:
    """Key, its kind, algorithm, audience, issuer, times and subject all have to be right."""
    with pytest.raises(Unauthenticated):
        await provider.principal(shown)


async def test_expiry(provider: IdentityProvider) -> None:
    """A token that was good once is told from a wrong one, also when it was seen before."""
    over = token(iat=NOW - 1200, exp=NOW - 600)
    with pytest.raises(TokenExpired):
        await provider.principal(over)
    with pytest.raises(TokenExpired):
        await provider.principal(over)


async def test_keys_are_read_once(provider: IdentityProvider, published: KeySet) -> None:
    """A hundred tokens at once have the keys fetched once, and the next ones not at all."""
    await asyncio.gather(*(provider.principal(token(jti=str(each))) for each in range(100)))
    await provider.principal(token())

    assert published.asked == 1


async def test_a_new_key(provider: IdentityProvider, published: KeySet, clock: Clock) -> None:
    """A token of a key published since is good, and one of a key withdrawn is not any more."""
    await provider.principal(token())
    published.document = {"keys": [described(OTHER_RSA, "rsa-2")]}
    clock.now += identity_providers.RETRY_SECONDS
    new = await provider.principal(token(OTHER_RSA, kid="rsa-2"))

    assert new.username == "company:ada"
    with pytest.raises(Unauthenticated):
        await provider.principal(token())


async def test_invented_keys_do_not_flood_the_provider(
    provider: IdentityProvider, published: KeySet
) -> None:
    """Tokens that name unknown keys have the keys fetched once in a while, and no more often."""
    shown = [token(kid=f"invented-{number}") for number in range(20)]
    await asyncio.gather(*(provider.principal(each) for each in shown), return_exceptions=True)

    assert published.asked == 1


async def test_keys_are_renewed(
    provider: IdentityProvider, published: KeySet, clock: Clock
) -> None:
    """After a while the keys are read anew behind a request that does not wait for it."""
    await provider.principal(token())
    clock.now += identity_providers.RENEW_SECONDS + 1
    await provider.principal(token())
    await asyncio.sleep(0)

    assert published.asked == 2


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        ({"keys": []}, Unauthenticated),
        ({"keys": [described(RSA, "rsa-1", use="enc")]}, Unauthenticated),
        (
            {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "rsa-1", "alg": "HS256"}]},
            Unauthenticated,
        ),
        ({"keys": [{"kty": "alien", "kid": "rsa-1"}]}, Unauthenticated),
        ({"jwks": []}, Unavailable),
        (["x" * identity_providers.MOST_BYTES], Unavailable),
    ],
    ids=["empty", "to encrypt", "symmetric", "unknown kind", "no set", "too long"],
)
async def test_key_sets_of_no_use(
    provider: IdentityProvider, published: KeySet, document: Any, refusal: type[Exception]
) -> None:
    """Without a key that checks signatures nobody gets in; what is no key set says nothing."""
    published.document = document

    with pytest.raises(refusal):
        await provider.principal(token())


async def test_all_keys_are_withdrawn(
    provider: IdentityProvider, published: KeySet, clock: Clock
) -> None:
    """A provider that publishes an empty set ends the tokens of every key it had."""
    await provider.principal(token())
    published.document = {"keys": []}
    clock.now += identity_providers.RENEW_SECONDS + 1
    await provider.principal(token())
    await asyncio.sleep(0)

    with pytest.raises(Unauthenticated):
        await provider.principal(token())


async def test_keys_that_are_too_old(
    provider: IdentityProvider, published: KeySet, clock: Clock
) -> None:
    """Keys that could not be read anew for a day may have been withdrawn, and are not believed."""
    await provider.principal(token())
    published.error = OSError("refused")
    clock.now += identity_providers.OLDEST_SECONDS + 1

    with pytest.raises(Unavailable):
        await provider.principal(token())


async def test_after_days_without_anybody(provider: IdentityProvider, clock: Clock) -> None:
    """The first to come waits for the keys to be read anew, and gets in."""
    await provider.principal(token())
    clock.now += 3 * identity_providers.OLDEST_SECONDS

    assert (await provider.principal(token(jti="later"))).role == "admin"


async def test_a_claim_grants_names_only(provider: IdentityProvider) -> None:
    """That somebody sees all collections is for the configuration to say, and not for a claim."""
    guard = token(groups=None, realm={"roles": "guard"}, sites=["*", "../x", "yard"])

    assert (await provider.principal(guard)).collections == ("lobby", "yard")


async def test_a_provider_that_is_down(
    provider: IdentityProvider, published: KeySet, clock: Clock
) -> None:
    """Keys once read stay good; without any, callers are told to try again."""
    published.error = OSError("refused")
    with pytest.raises(Unavailable):
        await provider.principal(token())
    published.error = None
    clock.now += identity_providers.RETRY_SECONDS
    await provider.principal(token())
    published.error = OSError("refused")
    clock.now += identity_providers.RENEW_SECONDS + 1

    assert (await provider.principal(token())).role == "admin"


async def test_keys_in_a_file(tmp_path: Path) -> None:
    """A key set may be a file, for a machine that reaches no provider."""
    (tmp_path / "keys.json").write_text(json.dumps(KEYS))
    arguments = ARGUMENTS | {"jwks": str(tmp_path / "keys.json")}
    provider = IdentityProvider(IdentityProviderArguments.model_validate(arguments))

    assert (await provider.principal(token())).role == "admin"


@pytest.mark.parametrize(("status", "good"), [("200 OK", True), ("500 Oops", False)])
async def test_keys_at_an_address(status: str, good: bool) -> None:
    """A key set is fetched over HTTP; an error is no key set."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + b"{}")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        fetched = asyncio.gather(fetch(f"http://127.0.0.1:{port}/keys"), return_exceptions=True)
        (outcome,) = await fetched

    assert (outcome == b"{}") is good


@pytest.mark.parametrize(
    "wrong",
    [
        {"jwks": "http://login.company.test/keys"},
        {"algorithms": ["HS256"]},
        {"algorithms": []},
        {"grants": []},
        {"grants": [{"claim": "groups", "value": "x", "role": "emperor"}]},
        {"name": "with:colon"},
        {"name": "key"},
        {"issuer": "facegraph"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_configurations_that_are_refused(wrong: dict[str, Any]) -> None:
    """Keys that could be replaced on their way, other algorithms, and typing mistakes."""
    with pytest.raises(ValidationError):
        IdentityProviderArguments.model_validate(ARGUMENTS | wrong)


@pytest.mark.parametrize("same", ["name", "issuer"])
def test_providers_are_told_apart(same: str) -> None:
    """Two providers share neither name nor issuer."""
    other = ARGUMENTS | {"name": "other", "issuer": "https://other.test/"}
    other[same] = ARGUMENTS[same]

    with pytest.raises(ValidationError):
        IngressTuning.model_validate({"identity_providers": [ARGUMENTS, other]})


@pytest.mark.parametrize(
    ("shown", "issuer"),
    [(token(), ISSUER), (token(iss=None), ""), ("garbage", "")],
    ids=["named", "unnamed", "no token"],
)
def test_issuer(shown: str, issuer: str) -> None:
    """Whose token it is can be read without trusting it."""
    assert issuer_of(shown) == issuer


async def test_through_the_application(service: Service, tmp_path: Path) -> None:
    """Configured, the company's people come in beside the accounts; taken out, they do not."""
    (tmp_path / "keys.json").write_text(json.dumps(KEYS))
    arguments = ARGUMENTS | {"jwks": str(tmp_path / "keys.json")}
    theirs = {"authorization": f"Bearer {token()}"}
    ours = service.token("verifier")
    before = await service.client.get("/v1/users/me", headers=theirs)
    service.services.tune(IngressTuning.model_validate({"identity_providers": [arguments]}))
    during = [await service.client.get("/v1/users/me", headers=who) for who in (theirs, ours)]
    kept = service.services.callers.providers[ISSUER]
    service.services.tune(IngressTuning.model_validate({"identity_providers": [arguments]}))
    same = service.services.callers.providers[ISSUER]
    service.services.tune(IngressTuning())
    after = await service.client.get("/v1/users/me", headers=theirs)

    assert same is kept
    assert (before.status_code, after.status_code) == (401, 401)
    assert [each.json()["username"] for each in during] == ["company:ada", "verifier"]


async def test_in_whose_name_keys_are_read(clock: Clock) -> None:
    """The request that finds the keys old starts a reading that is no part of it."""
    told: list[object] = []

    async def fetched(_place: str) -> bytes:
        told.append(tracing.origin())
        return json.dumps(KEYS).encode()

    arguments = IdentityProviderArguments.model_validate(ARGUMENTS)
    with tracing.request("a-request", None, "GET"):
        await IdentityProvider(arguments, fetched, clock).principal(token())

    assert told == [None]
