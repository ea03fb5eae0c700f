"""Who is asked for: one person after the other, of whom every second one is in the gallery.

The photo that is enrolled is never the one that is asked about, so a right answer is a face that
was recognised, and not bytes that were seen before. Every answer is held against it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from benchmarks.closed_loop import Answer
from benchmarks.performance.plan import Plan
from benchmarks.service import Service

LEAST_FOUND = 0.25  # Of those who are enrolled; who finds nobody at all would be quick.
# Of all. Of London's strangers to each other some pairs are over the provisional threshold, and who
# is asked for again and again is named again and again; answers that were swapped would be half.
MOST_MISNAMED = 0.1
CONSENT = {"reference": "b", "purpose": "measurement", "given_at": "2026-01-01T00:00:00Z"}


class WrongAnswer(Exception):
    """A request was refused, or too many answers were wrong: figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Portraits:
    """What is enrolled, by the question it answers, and what is asked."""

    enrolled: dict[int, bytes]
    asked: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """Photos, and of each the identity whose photo it is; None where it is nobody's here."""

    photos: tuple[bytes, ...]
    expected: tuple[str | None, ...]

    @property
    def mated(self) -> int:
        """How many have somebody to be found."""
        return sum(each is not None for each in self.expected)


def portraits(photos: Sequence[bytes], people: int) -> Portraits:
    """Part pairs of one person's photos: the second is asked about, of every other the first is in.

    A photo that is alone is both.
    """
    if len(photos) == 1:
        return Portraits({0: photos[0]}, tuple(photos))
    first, second = photos[::2][:people], photos[1::2][:people]
    return Portraits(dict(list(enumerate(first))[::2]), tuple(second))


def enrol(service: Service, plan: Plan, people: int) -> Questions:
    """Put every second person into the collection, over HTTP, as a customer would.

    They stay: no layer is measured after this one, and the data directory ends with the run.
    """
    parted = portraits(plan.photos, people)
    with _client(service, plan) as client:
        ids = {at: _enrol_one(client, at, photo) for at, photo in parted.enrolled.items()}
    return Questions(parted.asked, tuple(ids.get(at) for at in range(len(parted.asked))))


@contextmanager
def _client(service: Service, plan: Plan) -> Iterator[httpx.Client]:
    address = f"{service.url}/v1/collections/{plan.collection}"
    token = {"Authorization": f"Bearer {service.token}"}
    with httpx.Client(base_url=address, headers=token, trust_env=False, timeout=30) as client:
        yield client


def _enrol_one(client: httpx.Client, at: int, photo: bytes) -> str:
    answer = client.post(
        "/identities",
        data={"external_id": f"asked-for-{at}", "consent": json.dumps(CONSENT)},
        files={"images": ("photo.jpg", photo, "image/jpeg")},
    )
    answer.raise_for_status()
    return str(answer.json()["id"])


def held_against(
    answers: Sequence[Answer], questions: Questions, told: Callable[[bytes], str | None]
) -> dict[str, int]:
    """Return how many answers should have named somebody, how many did not, and how many another.

    `told` reads whom a body names. An index that approximates misses some, whoever asks it: faces
    that are alike lie apart from strangers of random directions, and few ways lead there. And two
    people may be alike beyond the threshold, which is what a false match is. So both are counted,
    up to a bound; WrongAnswer beyond it, and for any status but 200.
    """
    named = [_named(answer, told) for answer in answers]
    expected = [questions.expected[answer.question] for answer in answers]
    pairs = list(zip(named, expected, strict=True))
    mated = sum(right is not None for right in expected)
    missed = sum(name is None and right is not None for name, right in pairs)
    misnamed = sum(name is not None and name != right for name, right in pairs)
    if mated - missed < LEAST_FOUND * mated:
        raise WrongAnswer(f"{missed} of {mated} who are enrolled were not found")
    if misnamed > MOST_MISNAMED * len(answers):
        raise WrongAnswer(f"{misnamed} of {len(answers)} were taken for somebody else")
    return {"mated": mated, "missed": missed, "misnamed": misnamed}


def _named(answer: Answer, told: Callable[[bytes], str | None]) -> str | None:
    if answer.status != httpx.codes.OK:
        said = answer.head.split(b"\r\n", 1)[0] + b" " + answer.body
        raise WrongAnswer(said.decode(errors="replace"))
    return told(answer.body)


def told_by_service(body: bytes) -> str | None:
    """Return whom Facegraph names; an ambiguous answer names no one and says so."""
    (face,) = json.loads(body)["faces"]
    if face["decision"] == "match":
        return str(face["matches"][0]["identity_id"])
    return None if face["decision"] == "no_match" else str(face["decision"])


def told_by_rival(body: bytes) -> str | None:
    """Return whom the first-generation rival names first."""
    matches = json.loads(body)["matches"]
    return str(matches[0]["identity_id"]) if matches else None
