"""What a running service writes down: a line a request, in one form, and nothing of people."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.acceptance.conftest import Running, collection_of, enrol, eventually, send
from tests.leaks import CANARY

KEYS = {"event", "level", "logger", "timestamp"}
REQUEST_KEYS = {
    *KEYS,
    *("request_id", "trace_id", "method", "route", "status", "code", "principal", "address"),
    *("collection", "liveness", "source", "photos", "image_bytes", "image_pixels", "faces"),
    *("decisions", "policy", "body_bytes", "answer_bytes", "duration_ms", "stages"),
}
# By these Ray finds out whose a file is.
MARKS = (":job_id:", ":actor_name:", ":task_name:")

Ask = Callable[[httpx.Client, str, bytes], httpx.Response]
JPEG = {"Content-Type": "image/jpeg"}
JSON = {"Content-Type": "application/json"}
HOSTILE: dict[str, Ask] = {
    "names and metadata": lambda who, people, photo: enrol(
        who,
        people,
        CANARY,
        photo,
        display_name=CANARY,
        metadata=json.dumps({CANARY: [CANARY]}),
    ),
    "a name that is taken": lambda who, people, photo: enrol(who, people, CANARY, photo),
    "metadata that is too much": lambda who, people, _: who.patch(
        people, json={"metadata": {CANARY: CANARY * 10_000}}
    ),
    "a collection's name": lambda who, people, _: who.patch(
        people, json={"name": CANARY, "description": CANARY, "metadata": {CANARY: 1}}
    ),
    "a password": lambda who, _p, _: who.post(
        "/v1/users", json={"username": "x" * 999, "password": CANARY, "role": CANARY}
    ),
    "a log-in": lambda who, _p, _: who.post(
        "/v1/auth/token", data={"username": CANARY, "password": CANARY}
    ),
    "a refresh token": lambda who, _p, _: who.post(
        "/v1/auth/refresh", json={"refresh_token": f"{CANARY}.{CANARY}"}
    ),
    "a token": lambda who, _p, _: who.get(
        "/v1/users/me", headers={"Authorization": f"Bearer {CANARY}"}
    ),
    "a key": lambda who, _p, _: who.get(
        "/v1/users/me", headers={"Authorization": f"Bearer fgk_0123456789ab_{CANARY}"}
    ),
    "a basic log-in": lambda who, _p, _: who.get("/v1/users/me", auth=(CANARY, CANARY)),
    "headers": lambda who, _p, _: who.get(
        "/v1/users/me",
        headers=dict.fromkeys(("Idempotency-Key", "traceparent", "Cookie", "User-Agent"), CANARY),
    ),
    "a timeout": lambda who, _p, _: who.get(
        "/v1/users/me", headers={"X-Request-Timeout-Seconds": CANARY}
    ),
    "a query": lambda who, _p, photo: send(
        who, "/v1/faces/detect", photo, max_faces=CANARY, **{CANARY: CANARY}
    ),
    "a cursor": lambda who, people, _: who.get(f"{people}/identities", params={"cursor": CANARY}),
    "a path": lambda who, people, _: who.get(f"{people}/identities/{CANARY}/{CANARY}"),
    "a user's path": lambda who, _p, _: who.get(f"/v1/users/{CANARY}"),
    "names of files and fields": lambda who, _p, photo: who.post(
        "/v1/faces/compare",
        files={"source": (f"{CANARY}.jpg", photo), CANARY: (CANARY, CANARY.encode())},
    ),
    "broken JSON": lambda who, _p, _: who.post(
        "/v1/collections", content=f'{{"password": "{CANARY}", {CANARY}', headers=JSON
    ),
    "a form that is cut off": lambda who, _p, _: who.post(
        "/v1/faces/compare",
        content=f'--b\r\nContent-Disposition: form-data; name="{CANARY}"\r\n\r\n{CANARY}',
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    ),
    "a corrupt photo": lambda who, _p, photo: who.post(
        "/v1/faces/detect", content=photo[:2000] + CANARY.encode() * 999, headers=JPEG
    ),
    "no photo": lambda who, _p, _: who.post(
        "/v1/faces/embed", content=CANARY.encode(), headers={"Content-Type": CANARY}
    ),
    "vectors": lambda who, _p, photo: send(who, "/v1/faces/embed", photo),
}


@pytest.fixture(scope="module")
def written(service: Running, portrait: bytes) -> dict[str, dict[str, Any]]:
    """Send what must not be written down in every place there is; return the lines by request."""
    ids = {name: f"logged-{uuid4().hex}" for name in HOSTILE}
    before = {path: path.stat().st_size for path in files_of(service)}
    with (
        httpx.Client(base_url=service.url, headers=service.client.headers, timeout=30) as who,
        collection_of(service) as collection,
    ):
        for name, ask in HOSTILE.items():
            who.headers["X-Request-ID"] = ids[name]
            ask(who, collection, portrait)
    new = partial(lines_of, service, before)
    eventually(lambda: {*ids.values()} <= {line.get("request_id") for line in new()})
    asked = [line for line in new() if line.get("request_id") in ids.values()]
    found = {line["request_id"]: line for line in asked}
    assert len(asked) == len(found), "a request has more than one line"
    return {name: found[number] for name, number in ids.items()}


def files_of(service: Running) -> list[Path]:
    """Return the files of the service's processes."""
    return [path for path in service.logs() if path.match("worker-*.err")]


def lines_of(service: Running, before: Mapping[Path, int]) -> Iterator[dict[str, Any]]:
    """Yield the events in those files, from the places on that they had reached before."""
    for line in texts(service, before):
        with suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict):
                yield event


def texts(service: Running, before: Mapping[Path, int]) -> Iterator[str]:
    """Yield each line in those files, from the places on that they had reached before."""
    for path in files_of(service):
        with path.open() as file:
            file.seek(before.get(path, 0))
            yield from file.read().splitlines()


def test_nothing_that_was_sent_is_written_down(
    service: Running, written: dict[str, dict[str, Any]], portrait: bytes
) -> None:
    """Wherever it stands in a request, what tells of a person or lets somebody in is in no log."""
    (face,) = send(service.client, "/v1/faces/embed", portrait).json()["faces"]
    for number in face["embedding"][:4]:
        service.secrets.add(str(number)[:8], "a number of a vector")

    assert {line["status"] for line in written.values()} >= {200, 201, 400, 401, 404, 409, 422}
    assert len(service.logs()) > 20
    assert service.secrets.said_in(service.logs()) == []


def test_a_request_is_told_whole(written: dict[str, dict[str, Any]]) -> None:
    """Its line has every key, and tells in numbers what was found."""
    enrolment, vectors = written["names and metadata"], written["vectors"]

    assert enrolment.keys() == vectors.keys() == REQUEST_KEYS
    assert (enrolment["status"], enrolment["principal"], enrolment["photos"]) == (201, "admin", 1)
    assert (vectors["faces"], vectors["image_pixels"]) == (1, 512 * 512)
    assert vectors["answer_bytes"] > 1000
    assert written["a corrupt photo"]["faces"] is None


def test_everybody_writes_in_one_form(service: Running) -> None:
    """Ray's controller, proxies and replicas write events alike, and marks, and nothing else."""
    others = [line for line in texts(service, {}) if line and not line.startswith((*MARKS, "{"))]
    events = list(lines_of(service, {}))

    assert others == []
    assert [event for event in events if not event.keys() >= KEYS] == []
    assert {"ray.serve", "facegraph.web"} <= {event["logger"] for event in events}


def test_it_is_shown_on_standard_output(service: Running) -> None:
    """Whoever started the service reads the lines there, as JSON where no terminal is."""
    number = f"logged-{uuid4().hex}"
    service.client.get("/v1/health/live", headers={"X-Request-ID": number})
    told = service.data_dir / "up.log"
    eventually(lambda: f'{{"request_id": "{number}"' in told.read_text(), 10)
