"""`make bench-bounds`: what a service with two embedders takes, measured on one of its own.

Start, idle CPU, memory by part, identify at one client, CPU a request that is not inference, and
the share of the bare loop that is reached at 16 clients; on the default pack and one photo.
Writes docs/bounds.md.
"""

import asyncio
import json
import os
import tempfile
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep

import cv2
import httpx
import yaml
from rich.console import Console
from rich.table import Table
from skimage.data import astronaut

from benchmarks import bare_loop, bounds_page, closed_loop, processes
from benchmarks.measures import machine
from benchmarks.service import Service, service
from deployments.vision.catalogue import DEFAULT
from deployments.vision.preparation import prepare

SATURATING_CLIENTS = 16
RESULTS = Path(__file__).parent / "results"
console = Console()


def photo_640() -> bytes:
    """Return a 640 px photo with one face: the picture scikit-image ships."""
    picture = cv2.resize(astronaut()[:, :, ::-1], (640, 640), interpolation=cv2.INTER_CUBIC)
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def _with_embedders(count: int) -> str:
    document = yaml.safe_load(Path("serve_config.yaml").read_text())
    for deployment in document["applications"][0]["deployments"]:
        if deployment["name"] == "Embedder":
            deployment["autoscaling_config"] |= {"min_replicas": count, "max_replicas": count}
    return yaml.safe_dump(document)


def enrol(service: Service, photo: bytes) -> None:
    """Enrol the person of the photo in `default`."""
    consent = {"reference": "b", "purpose": "benchmark", "given_at": "2026-01-01T00:00:00Z"}
    httpx.post(
        f"{service.url}/v1/collections/default/identities",
        data={"external_id": "astronaut", "consent": json.dumps(consent)},
        files={"images": ("a.jpg", photo, "image/jpeg")},
        headers={"Authorization": f"Bearer {service.token}"},
    ).raise_for_status()


def measure(seconds: float) -> dict[str, float]:
    """Run everything; returns figures by name."""
    photo = photo_640()
    with tempfile.TemporaryDirectory(prefix="fg-") as folder:
        pack = prepare(DEFAULT, Path(folder))
        # Before and after, for the machine is shared and its speed drifts.
        before = bare_loop.run([photo], pack, processes=2, seconds=seconds / 2)
        with service(Path(folder), _with_embedders(2)) as running:
            figures = _measure_service(running, photo, seconds)
        after = bare_loop.run([photo], pack, processes=2, seconds=seconds / 2)
    rate = (before.rate + after.rate) / 2
    inference = (before.cpu_ms + after.cpu_ms) / 2
    figures["bare loop, photos a second (2 processes)"] = rate
    figures["bare loop, CPU ms a photo"] = inference
    figures["share of the bare loop at 16 clients"] = figures["identify a second"] / rate
    embedder = figures["CPU ms a request: embedder"]
    figures["CPU ms a request that is not inference"] = figures["CPU ms a request"] - inference
    figures["CPU ms a request, all but the embedder"] = figures["CPU ms a request"] - embedder
    return figures


def _measure_service(running: Service, photo: bytes, seconds: float) -> dict[str, float]:
    figures = {"ready after, s": running.ready_seconds}
    enrol(running, photo)
    url = f"{running.url}/v1/collections/default/identify"
    wire = closed_loop.request(url, running.token, photo)
    asyncio.run(closed_loop.run(url, wire, clients=4, seconds=3))  # warm, both replicas

    alone = asyncio.run(closed_loop.run(url, wire, clients=1, seconds=seconds))
    figures["identify at one client, p50 ms"] = 1000 * median(alone)
    figures["identify at one client, p95 ms"] = 1000 * quantiles(alone, n=20)[-1]

    before, began = processes.cpu_seconds(running.family()), perf_counter()
    many = asyncio.run(closed_loop.run(url, wire, clients=SATURATING_CLIENTS, seconds=seconds))
    elapsed = perf_counter() - began
    used = _difference(processes.cpu_seconds(running.family()), before)
    figures["identify a second"] = len(many) / elapsed
    figures["identify at 16 clients, p50 ms"] = 1000 * median(many)
    figures["identify at 16 clients, p95 ms"] = 1000 * quantiles(many, n=20)[-1]
    figures["CPU ms a request"] = 1000 * sum(used.values()) / len(many)
    figures |= {f"CPU ms a request: {p}": 1000 * s / len(many) for p, s in used.items()}

    memory = processes.pss_megabytes(running.family())
    figures["PSS, MB"] = sum(memory.values())
    figures |= {f"PSS, MB: {name}": size for name, size in memory.items()}

    sleep(10)  # what the load left behind is no part of being idle
    before, began = processes.cpu_seconds(running.family()), perf_counter()
    sleep(seconds)
    idle = _difference(processes.cpu_seconds(running.family()), before)
    elapsed = perf_counter() - began
    figures["idle, cores"] = sum(idle.values()) / elapsed
    figures |= {f"idle, cores: {name}": value / elapsed for name, value in idle.items()}
    return figures


def _difference(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {name: after[name] - before.get(name, 0.0) for name in after}


def main() -> None:
    """Measure, print a table, keep the figures with machine and commit, and write the page."""
    figures = measure(seconds=float(os.environ.get("SECONDS_EACH", "20")))
    table = Table("measured", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.3f}")
    console.print(table)
    document = machine.provenance(machine.describe()) | {"figures": figures}
    path = RESULTS / "bounds.json"
    path.write_text(json.dumps(document, indent=2) + "\n")
    bounds_page.PAGE.write_text(bounds_page.render(document))
    console.print(f"kept in {path}; written: {bounds_page.PAGE}")


if __name__ == "__main__":
    main()
