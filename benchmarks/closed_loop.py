"""Clients that each send the next request when the last is answered, cheap enough to ignore.

Bytes are prepared once, answers are read by Content-Length and looked into afterwards: the client
must not eat the cores that the service is measured on.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from urllib.parse import urlsplit

OK = b"HTTP/1.1 200"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back to one of several prepared requests, and when, in seconds of `perf_counter`.

    `due` is when it was to be sent: in an open loop that may be earlier than it was.
    """

    question: int
    due: float
    sent: float
    done: float
    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        """The number of the status line."""
        return int(self.head.split(b" ", 2)[1])


def request(url: str, token: str, body: bytes) -> bytes:
    """Return one POST of a JPEG, as bytes on the wire."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    head = (
        f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def run(url: str, wire: bytes, *, clients: int, seconds: float) -> list[float]:
    """Return the latency of every answer in seconds; raises on any answer but 200."""
    found = await answers(url, [wire], clients=clients, seconds=seconds)
    for answer in found:
        if not answer.head.startswith(OK):
            raise RuntimeError((answer.head + answer.body).decode(errors="replace"))
    return [answer.done - answer.sent for answer in found]


async def answers(
    url: str, wires: Sequence[bytes], *, clients: int, seconds: float
) -> list[Answer]:
    """Return every answer to requests that the clients took in turn; all have come."""
    until, found, turns = perf_counter() + seconds, list[Answer](), count()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(_client(url, wires, turns, until, found))
    return found


async def _client(
    url: str, wires: Sequence[bytes], turns: Iterator[int], until: float, found: list[Answer]
) -> None:
    streams = await connect(url)
    try:
        while (now := perf_counter()) < until:
            found.append(await ask(streams, wires, next(turns) % len(wires), now))
    finally:
        await leave(streams)


async def connect(url: str) -> Streams:
    """Open a connection to this machine, and to no other."""
    parts = urlsplit(url)
    assert parts.hostname == "127.0.0.1", "load is aimed at this machine only"  # noqa: S101
    return await asyncio.open_connection(parts.hostname, parts.port or 80)


async def leave(streams: Streams) -> None:
    """Close a connection."""
    _, writer = streams
    writer.close()
    await writer.wait_closed()


async def ask(streams: Streams, wires: Sequence[bytes], question: int, due: float) -> Answer:
    """Send one of the requests now and wait for its answer."""
    reader, writer = streams
    sent = perf_counter()
    writer.write(wires[question])
    head, body = await read_answer(reader)
    return Answer(question, due, sent, perf_counter(), head, body)


async def read_answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return head and body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    return head, await reader.readexactly(_length(head))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    raise RuntimeError("an answer without Content-Length")
