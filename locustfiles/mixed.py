"""Six people who are enrolled, found, told from others and erased, over and over, in one gallery.

Every answer is read: a story that comes out otherwise fails the run. Each user tells the story of
one person of the group photo, so at most six. 429 `overloaded` is heeded and counted as `refused`.
The gallery may hold any number of others (python -m benchmarks.gallery). With FACEGRAPH_PASSWORD:
locust -f locustfiles/mixed.py --host http://127.0.0.1:8000 --headless --users 6 --run-time 60s
"""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import uuid4

import gevent
from locust import FastHttpUser, constant_pacing, events, task
from locust.contrib.fasthttp import FastHttpSession
from locust.exception import StopUser

from cli.pictures import Picture, centre, changed, crop, group_photo, jpeg, stranger_photo
from cli.story import CONSENT
from outcomes import REFUSED
from session import SESSION

JPEG = {"Content-Type": "image/jpeg"}
BOUNDARY = uuid4().hex
STRANGER = jpeg(stranger_photo())
USERS = count()

Body = dict[str, Any]
Check = Callable[[Body], bool]


@events.init_command_line_parser.add_listener
def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--collection", default="default", help="the gallery they share")


class Person(FastHttpUser):
    """One of the six, and the whole story of them every three seconds."""

    wait_time = constant_pacing(3.0)

    def on_start(self) -> None:
        """Find the six in the group photo, and take the one whose turn it is."""
        self.path = f"/v1/collections/{self.environment.parsed_options.collection}"
        self.enrolled = ""
        boxes = self._boxes(group_photo())
        number = next(USERS)
        if number >= len(boxes):
            raise StopUser
        again, _ = changed(group_photo(), degrees=0.0, brightness=0.7)
        box, other = boxes[number], boxes[number - 1]
        self.portrait = jpeg(crop(group_photo(), box))
        self.probe = jpeg(_turned(crop(again, box)), quality=70)
        self.other = jpeg(crop(again, other))

    def on_stop(self) -> None:
        """Leave nobody behind."""
        if self.enrolled:
            self.ask("DELETE", self.enrolled, "erase", _erased)

    @task
    def story(self) -> None:
        """Tell it from the beginning to the end."""
        name = f"person-{uuid4().hex}"
        me = self.enrol(name)
        self.look("identify, enrolled", self.probe, lambda body: _finds(body, name))
        self.look("identify, a stranger", STRANGER, _finds_nobody)
        self.verify("verify, the person", self.probe, "match")
        self.verify("verify, another", self.other, "no_match")
        self.ask("DELETE", me, "erase", _erased)
        self.enrolled = ""
        self.look("identify, erased", self.probe, _finds_nobody)
        self.ask("GET", me, "read, erased", lambda body: body["code"] == "not_found", status=404)

    def enrol(self, name: str) -> str:
        """Enrol with one photo, and return the path of the identity."""
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        body = self.ask(
            "POST",
            f"{self.path}/identities",
            "enrol",
            lambda body: body["external_id"] == name and len(body["faces"]) == 1,
            data=_form(name, self.portrait),
            headers=headers,
            status=201,
        )
        self.enrolled = f"{self.path}/identities/{body['id']}"
        return self.enrolled

    def look(self, name: str, photo: bytes, right: Check) -> None:
        """Identify the face of a photo."""
        self.ask("POST", f"{self.path}/identify", name, right, data=photo, headers=JPEG)

    def verify(self, name: str, photo: bytes, decision: str) -> None:
        """Compare a photo with the person."""
        path = f"{self.enrolled}/verify"
        self.ask("POST", path, name, lambda b: b["decision"] == decision, data=photo, headers=JPEG)

    def ask(
        self,
        method: str,
        path: str,
        name: str,
        right: Check,
        *,
        status: int = 200,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Body:
        """Ask until the service has room; an answer that is not right ends this story."""
        while True:
            with self.client.request(
                method,
                path,
                name=name,
                data=data,
                headers=SESSION.headers(self.client) | (headers or {}),
                catch_response=True,
            ) as answer:
                body: Body = json.loads(answer.text or "{}")
                if body.get("code") == "overloaded":
                    answer.request_meta["name"] = REFUSED
                    answer.success()
                elif answer.status_code != status or not right(body):
                    answer.failure(f"{answer.status_code}: {answer.text}")
                    break
                else:
                    answer.success()  # 404 is what was asked for.
                    return body
            gevent.sleep(int(answer.headers["Retry-After"]))
        raise RuntimeError(f"{name}: {answer.status_code}")

    def _boxes(self, picture: Picture) -> list[list[float]]:
        client: FastHttpSession = self.client
        headers = SESSION.headers(client) | JPEG
        answer = client.post("/v1/faces/detect", data=jpeg(picture), headers=headers, name="detect")
        return sorted((face["bbox"] for face in answer.json()["faces"]), key=centre)


def _turned(picture: Picture) -> Picture:
    return changed(picture, degrees=4.0, brightness=1.0)[0]


def _form(name: str, photo: bytes) -> bytes:
    """Write an enrolment as a form, once more by hand: FastHttpUser has no files of its own."""
    fields = {"external_id": name, "consent": json.dumps(CONSENT)}
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    file = f'Content-Disposition: form-data; name="images"; filename="0.jpg"\r\n{_LINE}'
    head = "".join(parts) + f"--{BOUNDARY}\r\n{file}\r\n"
    return head.encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()


_LINE = "Content-Type: image/jpeg\r\n"


def _finds(body: Body, name: str) -> bool:
    (face,) = body["faces"]
    return bool(face["decision"] == "match" and face["matches"][0]["external_id"] == name)


def _finds_nobody(body: Body) -> bool:
    (face,) = body["faces"]
    return bool(face["decision"] == "no_match" and face["matches"] == [])


def _erased(body: Body) -> bool:
    erased = body["erased"]["identities"], body["erased"]["faces"]
    return bool(body["search_confirms_absence"] and erased == (1, 1))
