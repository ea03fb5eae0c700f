"""What a service can do: answers a second to clients who each wait for theirs before they go on."""

import asyncio
from time import perf_counter
from urllib.parse import urlsplit

from benchmarks import closed_loop

CLIENTS = 8  # A batch of the embedder: it is never idle, and hardly anybody is refused.
WARM_UP_SHARE = 0.3
REFUSED_SECONDS = 0.05  # A client that was refused waits, or asking would cost what is measured.


def measure(url: str, wire: bytes, seconds: float) -> float:
    """Return the requests a second that are answered with 200, after a warm-up."""
    asyncio.run(_served(url, wire, WARM_UP_SHARE * seconds))
    return asyncio.run(_served(url, wire, seconds)) / seconds


async def _served(url: str, wire: bytes, seconds: float) -> int:
    until = perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        clients = [group.create_task(_client(url, wire, until)) for _ in range(CLIENTS)]
    return sum(client.result() for client in clients)


async def _client(url: str, wire: bytes, until: float) -> int:
    parts, served = urlsplit(url), 0
    while perf_counter() < until:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while perf_counter() < until:
            writer.write(wire)
            head, _ = await closed_loop.read_answer(reader)
            if not head.startswith(closed_loop.OK):
                # A refusal may close the connection, for it came before the photo was read.
                await asyncio.sleep(REFUSED_SECONDS)
                break
            served += perf_counter() < until
        writer.close()
    return served
