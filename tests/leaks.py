"""What no log may hold, and a look for it in what was logged."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import httpx

CANARY = "zaunkoenig"
"""Stands in what tests send of people, and of secrets that are refused: no log may say it."""

SHAPES = {
    "an access token": rb"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}",
    "a refresh token": rb"\b[\w-]{43}\.[0-9a-f]{32}\b",
    "a key of a machine": rb"\bfgk_[0-9a-f]{12}_[\w-]{16}",
    "an image": rb"\xff\xd8\xff|\x89PNG\r\n|RIFF....WEBP|\\xff\\xd8\\xff|\\x89PNG",
    "an image in base64": rb"/9j/[A-Za-z0-9+/]{32}|iVBORw0KGgo",
    "a vector": rb"(?:-?\d?\.\d{3,}(?:e[-+]?\d+)?[,\s]+){8}",
}
_LOOKED_FOR = {kind: re.compile(shape, re.DOTALL) for kind, shape in SHAPES.items()}
_SECRET_FIELDS = {"password", "current_password", "new_password", "refresh_token", "access_token"}
_OF_FIELDS = ("application/json", "application/x-www-form-urlencoded")
_LEAST_CHARACTERS = 8  # Shorter ones are found by chance.


class Secrets:
    """What must not be said, by kind; a service begins with its own and adds what is sent to it."""

    def __init__(self, **known: str) -> None:
        self._known: dict[bytes, str] = {CANARY.encode(): "a canary"}
        for kind, value in known.items():
            self.add(value, kind)
        encoded = {each: kind for told, kind in self._known.items() for each in _in_base64(told)}
        self._known |= encoded

    def add(self, value: str, kind: str) -> None:
        """Remember one."""
        if len(value) >= _LEAST_CHARACTERS:
            self._known[value.encode()] = kind

    def sent(self, request: httpx.Request) -> None:
        """Remember the token of a request, and the passwords and tokens in its body."""
        self.add(request.headers.get("Authorization", "").removeprefix("Bearer "), "a token sent")
        if request.headers.get("Content-Type", "").startswith(_OF_FIELDS):
            self._add_fields(request.read())

    def answered(self, response: httpx.Response) -> None:
        """Remember the tokens that were given out."""
        if response.request.url.path.startswith("/v1/auth/"):
            self._add_fields(response.read())

    def said_in(self, files: Iterable[Path]) -> list[tuple[str, str]]:
        """Return each file that says a secret, and the kind of it; never the secret."""
        return [(str(path), kind) for path in files for kind in self.said(path.read_bytes())]

    def said(self, text: bytes) -> Iterator[str]:
        """Yield the kind of each secret that stands in a text."""
        found = (kind for secret, kind in self._known.items() if secret in text)
        yield from dict.fromkeys(found)
        yield from (kind for kind, shape in _LOOKED_FOR.items() if shape.search(text))

    def _add_fields(self, body: bytes) -> None:
        for name, value in _fields(body):
            if name in _SECRET_FIELDS and isinstance(value, str):
                self.add(value, name)


def _fields(body: bytes) -> Iterable[tuple[str, object]]:
    try:
        document = json.loads(body)
    except ValueError:
        form = parse_qs(body.decode(errors="replace"))
        return [(name, value) for name, values in form.items() for value in values]
    return document.items() if isinstance(document, dict) else []


def _in_base64(secret: bytes) -> Iterator[bytes]:
    """Yield what of it stands in base64, after any number of other bytes and whatever follows."""
    for before in range(3):
        end = (before + len(secret)) * 8 // 6
        yield b64encode(bytes(before) + secret)[(before * 8 + 5) // 6 : end]


def session(told: Path) -> Path:
    """Return Ray's folder of a service, which its start has told."""
    return Path(re.findall(r"^ *logs +(\S+)$", told.read_text(), re.MULTILINE)[-1]).parent


def files_in(*places: Path) -> list[Path]:
    """Return every file in folders; a file that is named itself is one."""
    found = [
        each for place in places for each in ([place] if place.is_file() else place.rglob("*"))
    ]
    return sorted(path for path in found if path.is_file())
