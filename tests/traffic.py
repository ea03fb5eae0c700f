"""Steady mixed traffic on a running service, for tests that kill, starve or replace its parts.

    with traffic(up.url, up.client.headers["Authorization"], portrait) as callers:
        callers.flow()                      # every kind of request is answered well
        killed = time.monotonic()
        ...
        callers.flow(calm_seconds=3)        # and again, for a while, with nothing bad
    assert callers.outside_the_contract() == []
    callers.assert_nothing_lost()

Each caller keeps one connection and asks at its own pace, whatever became of the last request; a
connection that closed is replaced by the next request. Nothing is sent twice.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx

from tests.answers import Asked, Sending
from tests.writes import IMAGE, RECEIPT, Writes

# Callers of each kind; each asks once in INTERVAL_SECONDS, where answers come faster than that.
CALLERS = {"identify": 2, "detect": 2, "enrol": 2, "erase": 1, "list": 2}
INTERVAL_SECONDS = 0.25
# Longer than the deadline of the service: who has waited for this long was never answered.
PATIENCE_SECONDS = 30.0
CONSENT = {"reference": "t-1", "purpose": "testing", "given_at": "2026-01-01T00:00:00Z"}
GALLERY, LOBBY = "/v1/collections/traffic-gallery", "/v1/collections/traffic-lobby"
ANCHOR = "anchor"
LEAST_ENROLLED = 3


class Traffic:
    """What the callers of one `with` block have seen so far; safe to ask while they go on."""

    def __init__(self, url: str, authorization: str, photo: bytes) -> None:
        self._url, self._authorization, self._photo = url, authorization, photo
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._under_way: dict[int, Sending] = {}
        self._asked: list[Asked] = []
        self.writes = Writes()

    # What was seen

    def asked(self, since: float = 0.0) -> list[Asked]:
        """Return the requests that ended since that moment, however they did."""
        with self._changed:
            return [each for each in self._asked if each.received >= since]

    def outcomes(self, since: float = 0.0) -> Counter[str]:
        """Count requests by what came of them."""
        return Counter(each.outcome for each in self.asked(since))

    def bad(self, since: float = 0.0) -> list[Asked]:
        """Return everything but good answers."""
        return [each for each in self.asked(since) if not each.good]

    def outside_the_contract(self) -> list[Asked]:
        """Return what is neither a good answer nor a problem that the contract allows."""
        return [each for each in self.asked() if each.broken is not None]

    def outage(self, since: float) -> tuple[float, float] | None:
        """Return when the first bad answer and the last came, in s after `since`; None for none."""
        bad = [each.received - since for each in self.bad(since)]
        return (min(bad), max(bad)) if bad else None

    # Waiting, and what must hold at the end

    def flow(self, calm_seconds: float = 0.0, within_seconds: float = 90.0) -> float:
        """Wait until each kind was answered well, and nothing was bad for so long.

        That a busy machine lets in fewer of them (429) is not bad. Returns the moment (monotonic s)
        of the last bad answer, or that of the call.
        """
        began = time.monotonic()
        with self._changed:
            since = self._changed.wait_for(lambda: self._well(began, calm_seconds), within_seconds)
        assert since, f"not well within {within_seconds} s: {self.outcomes(began)}"
        return since

    def _well(self, began: float, calm_seconds: float) -> float | None:
        bad = [each for each in self._asked if not each.good and each.code != "overloaded"]
        since = max([began, *(each.received for each in bad)])
        well = {each.kind for each in self._asked if each.good and each.sent > since}
        # Who still waits from before may yet be told that there is no answer.
        waiting = any(each.sent < since for each in self._under_way.values())
        calm = time.monotonic() - since >= calm_seconds
        return since if calm and not waiting and well == set(CALLERS) else None

    def assert_nothing_lost(self) -> None:
        """All that was acknowledged as written is so; afterwards the gallery is empty."""
        with self._client() as client:
            self.writes.assert_kept(client, GALLERY, self._photo)

    # The callers

    def prepare(self) -> None:
        """Make the two collections, and enrol whom `identify` looks for."""
        with self._client() as client:
            for path in (GALLERY, LOBBY):
                collection = {"id": path.rpartition("/")[2], "name": "Traffic"}
                made = client.post("/v1/collections", json=collection)
                assert made.status_code in {201, 409}, made.text
            anchor = client.post(f"{LOBBY}/identities", **_enrolment(ANCHOR, self._photo))
            assert anchor.status_code in {201, 409}, anchor.text

    def start(self) -> list[threading.Thread]:
        """Let all callers begin, one after the other within an interval."""
        kinds = [kind for kind, count in CALLERS.items() for _ in range(count)]
        step = INTERVAL_SECONDS / len(kinds)
        threads = [
            threading.Thread(target=self._call, args=(kind, number * step))
            for number, kind in enumerate(kinds)
        ]
        for each in threads:
            each.start()
        return threads

    def stop(self) -> None:
        """Let each caller end after the answer it waits for."""
        self._stopping.set()

    def _call(self, kind: str, delay: float) -> None:
        with self._client() as client:
            while not self._stopping.wait(delay):
                sending = Sending(kind, time.monotonic(), uuid4().hex)
                client.headers["X-Request-ID"] = sending.request_id
                with self._changed:
                    self._under_way[threading.get_ident()] = sending
                asked = self._ask(client, sending)
                with self._changed:
                    del self._under_way[threading.get_ident()]
                    self._asked += [asked] if asked else []
                    self._changed.notify_all()
                delay = max(0.0, sending.sent + INTERVAL_SECONDS - time.monotonic())

    def _ask(self, client: httpx.Client, sending: Sending) -> Asked | None:
        """Send one request; None where there is nothing to ask for yet."""
        try:
            match sending.kind:
                case "identify":
                    path, expected = f"{LOBBY}/identify", ANCHOR
                    answer = client.post(path, content=self._photo, headers=IMAGE)
                case "detect":
                    path, expected = "/v1/faces/detect", "landmarks"
                    answer = client.post(path, content=self._photo, headers=IMAGE)
                case "list":
                    path, expected = f"{GALLERY}/identities", "next_cursor"
                    answer = client.get(path)
                case "enrol":
                    expected, answer = sending.request_id, self._enrol(client, sending.request_id)
                case _:
                    if (identity := self._oldest()) is None:
                        return None
                    expected, answer = RECEIPT, self._erase(client, identity)
        except httpx.TransportError as error:
            return sending.failed(error, time.monotonic())
        return sending.answered(answer, time.monotonic(), expected)

    def _enrol(self, client: httpx.Client, external_id: str) -> httpx.Response:
        answer = client.post(f"{GALLERY}/identities", **_enrolment(external_id, self._photo))
        if answer.status_code == httpx.codes.CREATED:
            with self._changed:
                self.writes.enrolled[answer.json()["id"]] = None
        return answer

    def _oldest(self) -> str | None:
        """Take somebody off the enrolled: until an erasure is acknowledged nobody knows of them."""
        with self._changed:
            if len(self.writes.enrolled) < LEAST_ENROLLED:
                return None
            identity = next(iter(self.writes.enrolled))
            del self.writes.enrolled[identity]
            return identity

    def _erase(self, client: httpx.Client, identity: str) -> httpx.Response:
        answer = client.delete(f"{GALLERY}/identities/{identity}")
        if answer.status_code == httpx.codes.OK:
            with self._changed:
                self.writes.erased.add(identity)
        return answer

    def _client(self) -> httpx.Client:
        headers = {"Authorization": self._authorization}
        return httpx.Client(base_url=self._url, timeout=PATIENCE_SECONDS, headers=headers)


@contextmanager
def traffic(url: str, authorization: str, photo: bytes) -> Iterator[Traffic]:
    """Ask steadily, as an administrator with a photo of one person, until the block ends."""
    callers = Traffic(url, authorization, photo)
    callers.prepare()
    threads = callers.start()
    try:
        yield callers
    finally:
        callers.stop()
        for each in threads:
            each.join()


def _enrolment(external_id: str, photo: bytes) -> dict[str, Any]:
    return {
        "data": {"external_id": external_id, "consent": json.dumps(CONSENT)},
        "files": {"images": ("photo.jpg", photo)},
    }
