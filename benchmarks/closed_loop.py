"""Clients that each send the next request when the last is answered, cheap enough to ignore.

Bytes are prepared once and answers are read by Content-Length: the client must not eat the cores
that the service is measured on.
"""

import asyncio
from time import perf_counter
from urllib.parse import urlsplit

OK = b"HTTP/1.1 200"


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
    parts = urlsplit(url)
    assert parts.hostname == "127.0.0.1", "load is aimed at this machine only"  # noqa: S101
    latencies: list[float] = []
    until = perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(_client(parts.hostname, parts.port or 80, wire, until, latencies))
    return latencies


async def _client(host: str, port: int, wire: bytes, until: float, latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        while perf_counter() < until:
            began = perf_counter()
            writer.write(wire)
            head, body = await read_answer(reader)
            latencies.append(perf_counter() - began)
            if not head.startswith(OK):
                raise RuntimeError((head + body).decode(errors="replace"))
    finally:
        writer.close()
        await writer.wait_closed()


async def read_answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return head and body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    return head, await reader.readexactly(_length(head))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    raise RuntimeError("an answer without Content-Length")
