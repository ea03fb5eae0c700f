"""A company's own identity provider, as it shows itself."""

import json
from typing import Any, TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def described(key: PrivateKey, kid: str, **more: str) -> dict[str, Any]:
    """Return the public half of a key as a key set shows it."""
    algorithm = jwt.get_algorithm_by_name(
        "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    )
    document: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))
    return document | {"kid": kid, "use": "sig"} | more
