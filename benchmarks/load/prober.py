"""Asks now and then, apart from the load, and notes what an honest clock says of the answers.

A process of its own, so that what it times is the service and not a generator that is busy with
hundreds of other users. Each question takes a new connection, and its time counts from there on.
Writes lines as locustfiles/record.py does. It ends on its own, after the seconds it is given:

FACEGRAPH_TOKEN=… python -m benchmarks.load.prober URL PHOTO RECORD --seconds 60 --rate 3
"""

import asyncio
import csv
import json
import os
import time
from pathlib import Path
from typing import Annotated, TextIO
from urllib.parse import urlsplit

import typer

from benchmarks import closed_loop
from locustfiles.outcomes import ACCEPTED, REFUSED

PATIENCE_SECONDS = 35.0
NAMES = {(200, None): ACCEPTED, (429, "overloaded"): REFUSED}


def main(
    url: str,
    photo: Path,
    record: Path,
    seconds: Annotated[float, typer.Option()],
    rate: Annotated[float, typer.Option(help="Questions a second, whatever the answers.")] = 2.0,
) -> None:
    """Ask at a steady rate, and write down each answer."""
    wire = closed_loop.request(url, os.environ["FACEGRAPH_TOKEN"], photo.read_bytes())
    with record.open("w", newline="") as file:
        asyncio.run(_ask(url, wire, file, seconds, 1 / rate))


async def _ask(url: str, wire: bytes, file: TextIO, seconds: float, every: float) -> None:
    loop = asyncio.get_running_loop()
    begin, asked = loop.time(), 0
    async with asyncio.TaskGroup() as group:
        while (due := asked * every) < seconds:
            await asyncio.sleep(begin + due - loop.time())
            group.create_task(_one(url, wire, file))
            asked += 1


async def _one(url: str, wire: bytes, file: TextIO) -> None:
    sent, began = time.time(), time.perf_counter()
    try:
        outcome = await asyncio.wait_for(_answer(url, wire), PATIENCE_SECONDS)
    except (OSError, ValueError, AttributeError, asyncio.IncompleteReadError) as error:
        outcome = repr(error)
    csv.writer(file).writerow([sent, time.perf_counter() - began, outcome])


async def _answer(url: str, wire: bytes) -> str:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(wire)
        head, body = await closed_loop.read_answer(reader)
    finally:
        writer.close()
    status, code = int(head.split()[1]), json.loads(body).get("code")
    return NAMES.get((status, code), f"{status} {code}")


if __name__ == "__main__":
    typer.run(main)
