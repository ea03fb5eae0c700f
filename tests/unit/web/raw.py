"""Requests as a server hands them over, byte for byte, where a client would tidy them up."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

from deployments.web.problem import MEDIA_TYPE, TABLE

Headers = Sequence[tuple[bytes, bytes]]

ROWS = {(row.status, row.code) for row in TABLE.values()}


class Answer(NamedTuple):
    """One answer: status, headers and body as they were sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: bytes) -> bytes:
        """Return the one header of this name."""
        (value,) = [value for each, value in self.headers if each.lower() == name]
        return value

    @property
    def code(self) -> str | None:
        """The code of a problem; None for a success."""
        if self.status < 400:
            return None
        code: str = json.loads(self.body)["code"]
        return code


async def ask(
    application: ASGIApp,
    method: str,
    target: bytes,
    headers: Headers = (),
    chunks: Iterable[bytes] = (b"",),
) -> Answer:
    """Send one request whose body arrives in `chunks`, and return the one answer to it."""
    path, _, query = target.partition(b"?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        # As uvicorn does it.
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "root_path": "",
        "query_string": query,
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    waiting = [*chunks] or [b""]
    sent: list[Message] = []

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        sent.append(message)

    await application(scope, receive, send)
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert [each["type"] for each in rest] == ["http.response.body"] * len(rest)
    body = b"".join(each.get("body", b"") for each in rest)
    return Answer(start["status"], list(start["headers"]), body)


def documented(answer: Answer) -> bool:
    """Tell whether an answer is a success, or a problem of the table that is no bug of ours.

    Whatever was sent, no line of the head holds a break and the request id is told once.
    """
    assert not [each for each in answer.headers if set(b"\r\n\0") & set(each[0] + each[1])]
    identifier = answer.header(b"x-request-id")
    if answer.status < 400:
        return True
    body: dict[str, Any] = json.loads(answer.body)
    assert answer.header(b"content-type") == MEDIA_TYPE.encode()
    assert body["request_id"].encode() == identifier
    return (answer.status, body["code"]) in ROWS and answer.status < 500
