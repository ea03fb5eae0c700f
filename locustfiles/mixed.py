"""Six people who are enrolled, found, told from others and erased, over and over, in one gallery.

Every answer is read: a story that comes out otherwise fails the run. Each user tells the story of
one person of the group photo, so at most six. 429 `overloaded` is heeded and counted as `refused`.
The gallery may hold any number of others (python -m benchmarks.gallery). With FACEGRAPH_PASSWORD:
locust -f locustfiles/mixed.py --host http://127.0.0.1:8000 --headless --users 6 --run-time 60s
"""

import json
from argparse import ArgumentParser
from contextlib import suppress
from functools import partial
from itertools import count
from uuid import uuid4

import gevent
from locust import FastHttpUser, constant_pacing, events, task
from locust.exception import StopUser

from cli.pictures import centre, changed, crop, group_photo, jpeg, stranger_photo
from cli.story import CONSENT
from locustfiles import answers
from locustfiles.answers import Body, Check, WrongAnswer
from locustfiles.session import SESSION

BOUNDARY = uuid4().hex
JPEG = {"Content-Type": "image/jpeg"}
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
GROUP, STRANGER = group_photo(), jpeg(stranger_photo())
USERS = count()


@events.init_command_line_parser.add_listener
def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--collection", default="default", help="the gallery they share")


class Person(FastHttpUser):
    """One of the six, and the whole story of them every three seconds."""

    wait_time = constant_pacing(3.0)

    def on_start(self) -> None:
        """Find the six in the group photo, and be the one whose turn it is."""
        self.path = f"/v1/collections/{self.environment.parsed_options.collection}"
        self.enrolled = ""
        found = self.ask("POST", "/v1/faces/detect", "detect", _six, jpeg(GROUP), JPEG)
        boxes = sorted((face["bbox"] for face in found["faces"]), key=centre)
        if (number := next(USERS)) >= len(boxes):
            raise StopUser
        self.portrait = jpeg(crop(GROUP, boxes[number]))
        # Not the next one: the fourth and the fifth are alike enough to pass for each other.
        self.probe, self.other = (_seen_later(boxes[at]) for at in (number, number - 2))

    def on_stop(self) -> None:
        """Leave nobody behind, in the gallery either."""
        if self.enrolled:
            self.ask("DELETE", self.enrolled, "erase", _erased)
            self.enrolled = ""

    @task
    def story(self) -> None:
        """Tell it, or as much of it as comes out right."""
        with suppress(WrongAnswer):  # What was answered is among Locust's failures.
            self.tell()

    def tell(self) -> None:
        """Tell it from the beginning to the end; one that went wrong before is cleared away."""
        self.on_stop()
        name = f"person-{uuid4().hex}"
        self.enrolled = path = self.enrol(name)
        identify, verify = f"{self.path}/identify", f"{path}/verify"
        look = partial(self.ask, "POST", headers=JPEG)
        look(identify, "identify, enrolled", partial(_finds, name), self.probe)
        look(identify, "identify, a stranger", _finds_nobody, STRANGER)
        look(verify, "verify, the person", partial(_decides, "match"), self.probe)
        look(verify, "verify, another", partial(_decides, "no_match"), self.other)
        self.on_stop()
        look(identify, "identify, erased", _finds_nobody, self.probe)
        self.ask("GET", path, "read, erased", _is_unknown, status=404)

    def enrol(self, name: str) -> str:
        """Enrol with one photo, and return the path of the identity."""
        path, form = f"{self.path}/identities", _form(name, self.portrait)
        body = self.ask("POST", path, "enrol", partial(_enrols, name), form, FORM, status=201)
        return f"{path}/{body['id']}"

    def ask(
        self,
        method: str,
        path: str,
        name: str,
        right: Check,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        status: int = 200,
    ) -> Body:
        """Ask until the service has room, and return what it says; WrongAnswer."""
        while True:
            sent = SESSION.headers(self.client) | (headers or {})
            with self.client.request(
                method,
                path,
                name=name,
                data=data,  # type: ignore[arg-type]  # It sends bytes too.
                headers=sent,
                catch_response=True,
            ) as answer:
                body = answers.judge(answer, status, right)
            if body is not None:
                return body
            gevent.sleep(answers.retry_seconds(answer))


def _seen_later(box: list[float]) -> bytes:
    """Return the person again: turned, darker, compressed more."""
    return jpeg(changed(crop(GROUP, box), degrees=4.0, brightness=0.75)[0], quality=70)


def _form(name: str, photo: bytes) -> bytes:
    """Write an enrolment by hand, for this client knows no forms with files."""
    fields = {"external_id": name, "consent": json.dumps(CONSENT)}
    disposition = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    texts = [f'{disposition}"{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    file = f'{disposition}"images"; filename="0.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return "".join([*texts, file]).encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()


def _six(body: Body) -> bool:
    return len(body["faces"]) == 6  # noqa: PLR2004 - see cli.pictures.group_photo


def _enrols(name: str, body: Body) -> bool:
    return body["external_id"] == name and len(body["faces"]) == 1


def _finds(name: str, body: Body) -> bool:
    best = [match["external_id"] for face in body["faces"] for match in face["matches"][:1]]
    return [face["decision"] for face in body["faces"]] == ["match"] and best == [name]


def _finds_nobody(body: Body) -> bool:
    return [(face["decision"], face["matches"]) for face in body["faces"]] == [("no_match", [])]


def _decides(decision: str, body: Body) -> bool:
    return bool(body["decision"] == decision)


def _erased(body: Body) -> bool:
    erased = body["erased"]["identities"], body["erased"]["faces"]
    return body["search_confirms_absence"] is True and erased == (1, 1)


def _is_unknown(body: Body) -> bool:
    return bool(body["code"] == "not_found")
