"""Places among the work under way: who needs one, who is refused, and when it is free again."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from deployments.errors import Unavailable
from deployments.messages.embedder import Analysis, Photo
from deployments.messages.limits import CapacityBounds, Window
from deployments.messages.sharing import Flow
from deployments.web import admission as admission_module
from deployments.web import gathering as gathering_module
from deployments.web.limits import Limits
from deployments.web.seats import CLOSED_SECONDS, Seats
from tests.unit.clock import Clock
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.photographs import Photographs
from tests.unit.web.in_memory.tally import Tally
from tests.unit.web.test_door import Exchange, bearing, guarded, send_through

# The least there is: five places, of which a caller who is alone has three.
NARROW = CapacityBounds(burst=1, queue_seconds=0.001)
ONE = 3
JPEG = {"content-type": "image/jpeg"}
IDENTIFY = "/v1/collections/default/identify"
FORM = {
    "external_id": "ada",
    "consent": '{"reference": "7", "purpose": "entry", "given_at": "2026-01-02T03:04:05Z"}',
}


class Held(Photographs):
    """An embedder that answers nobody before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def analyse(self, photo: Photo, *, budget: float) -> Analysis:
        """Answer once let go."""
        analysis = await super().analyse(photo, budget=budget)
        await self.go.wait()
        return analysis


@pytest.fixture
def held(service: Service, monkeypatch: pytest.MonkeyPatch) -> Held:
    """Give the service an embedder that is held, and places for three requests of one caller."""
    embedder = Held()
    monkeypatch.setattr(service.services.limits, "bounds", NARROW)
    object.__setattr__(service.services, "embedder", embedder)
    return embedder


async def until(holds: Callable[[], bool]) -> None:
    """Let others go on until it holds."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110  what is waited for has no event of its own
            await asyncio.sleep(0)


async def fill(service: Service, held: Held, who: dict[str, str]) -> list[asyncio.Task[Any]]:
    """Take all places that a caller may have, and come back when the embedder has their photos."""
    asking = [asyncio.create_task(ask(service, who)) for _ in range(ONE)]
    await until(lambda: len(held.photos) >= ONE)
    return asking


def ask(service: Service, who: dict[str, str], path: str = "/v1/faces/detect") -> Any:
    """Send a photo."""
    return service.client.post(path, headers=who | JPEG, content=b"photo")


async def statuses(asking: list[asyncio.Task[Any]]) -> list[int]:
    """Return what became of requests."""
    return [answer.status_code for answer in await asyncio.gather(*asking)]


def under_way(service: Service) -> int:
    """Return how many requests hold a place, as the replica itself knows."""
    return len(service.services.limits._seats)


async def test_at_capacity(service: Service, held: Held) -> None:
    """Who finds no place is told so, and for how long; nothing was counted, and nothing done.

    Nobody who needs no place is kept out.
    """
    who = service.token("admin")
    asking = await fill(service, held, who)
    refused = await ask(service, who)
    listed = await service.client.get("/v1/collections", headers=who)
    held.go.set()

    assert (refused.status_code, refused.json()["code"]) == (429, "overloaded")
    assert (refused.headers["retry-after"], refused.json()["retryable"]) == ("1", True)
    assert "ratelimit" not in refused.headers
    assert len(held.photos) == ONE
    assert listed.status_code == 200
    assert await statuses(asking) == [200] * ONE


async def test_a_refusal_counts_against_no_limit(service: Service, held: Held) -> None:
    """The limit of a caller who was refused for want of a place is as it was."""
    windows = dict(service.services.limits.windows) | {"image": (Window(ONE + 1, 60),)}
    service.services.limits.windows = windows
    who = service.token("admin")
    asking = await fill(service, held, who)
    await ask(service, who)
    held.go.set()
    await asyncio.gather(*asking)
    async with asyncio.timeout(5):
        while (after := await ask(service, who)).status_code == 429:
            assert after.json()["code"] == "overloaded"

    assert after.headers["ratelimit"].split(";")[1] == "r=0"


async def test_a_known_refusal_asks_nobody(service: Service, held: Held) -> None:
    """Who comes again at once is refused without a question."""
    who = service.token("admin")
    asking = await fill(service, held, who)
    await ask(service, who)
    before = service.tally.questions
    again = [await ask(service, who) for _ in range(5)]
    held.go.set()
    await asyncio.gather(*asking)

    assert {answer.json()["code"] for answer in again} == {"overloaded"}
    assert service.tally.questions - before < 5


def test_a_refusal_is_known_for_a_moment(clock: Clock) -> None:
    """Some hundredths of a second later it is asked again, for that caller and that class."""
    seats = Seats(NARROW, clock)
    seats.close(Flow("ada"), 0.3)
    known = seats.closed(Flow("ada")), seats.closed(Flow("bob")), seats.closed(Flow("ada", "bulk"))
    clock.now += CLOSED_SECONDS

    assert known == (0.3, None, None)
    assert seats.closed(Flow("ada")) is None


async def test_the_embedder_hears_whose_photo_it_is(service: Service) -> None:
    """A photo carries its caller, and whether somebody waits for it or it is enrolled."""
    who = service.token("enroller")
    await ask(service, who, IDENTIFY)
    images = [("images", ("a.jpg", b"photo"))]
    await service.client.post(
        "/v1/collections/default/identities", headers=who, data=FORM, files=images
    )

    assert [photo.flow for photo in service.photographs.photos] == [
        Flow("enroller", "interactive"),
        Flow("enroller", "bulk"),
    ]


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/v1/faces/detect", b"photo", 200),
        (IDENTIFY, b"photo", 200),
        ("/v1/faces/detect?nonsense=1", b"photo", 400),
        ("/v1/collections/hidden/identify", b"photo", 404),
    ],
)
async def test_a_place_is_given_back(
    service: Service, path: str, content: bytes, status: int
) -> None:
    """However a request ends, its place is free."""
    who = service.token("verifier", collections=("default",))
    answer = await service.client.post(path, headers=who | JPEG, content=content)

    assert answer.status_code == status
    assert under_way(service) == 0


async def test_who_leaves_gives_it_back(service: Service, held: Held) -> None:
    """A caller who gives up holds no place, and is told to the Limiter as gone."""
    asking = await fill(service, held, service.token("admin"))
    for each in asking:
        each.cancel()
    await asyncio.wait(asking)
    await service.services.limits._limiter.tell()

    assert under_way(service) == 0
    assert service.tally.admissions.capacity.under_way == 0


class Slow(Exchange):
    """A body whose second half comes when it is let go."""

    def __init__(self) -> None:
        super().__init__(b"half", b"half")
        self.go = asyncio.Event()
        self.begun = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        """Give a half, the second one late."""
        if len(self.left) == 1:
            self.begun.set()
            await self.go.wait()
        return await super().receive()


class Answered(Slow):
    """A body whose second half comes only once there is an answer."""

    async def send(self, message: Any) -> None:
        """Let the rest come."""
        await super().send(message)
        self.go.set()


@pytest.mark.parametrize(
    ("made", "closes"), [(Exchange(b"x" * 100_000, b"x" * 100_000), False), (Answered(), True)]
)
async def test_a_refusal_waits_for_no_photo(
    service: Service, held: Held, made: Exchange, closes: bool
) -> None:
    """At capacity one that is there is let pass, and the connection stays; no other is awaited."""
    who = service.token("admin")
    asking = await fill(service, held, who)
    photo = [(b"content-length", b"200000"), (b"content-type", b"image/jpeg")]
    await send_through(guarded(service), made, bearing(who) + photo)
    held.go.set()
    await asyncio.gather(*asking)

    assert (made.status, made.code, made.closes) == (429, "overloaded", closes)
    assert held.photos[ONE:] == []


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call every body slow that does not come at once."""
    monkeypatch.setattr(admission_module, "SLOW_SECONDS", 0.0)


@pytest.mark.parametrize(("full", "status"), [(False, 200), (True, 429)])
@pytest.mark.usefixtures("hasty")
async def test_a_slow_body_holds_no_place(
    service: Service, held: Held, full: bool, status: int
) -> None:
    """While it comes its place is another's; when it is there it is let in if there is one."""
    who = service.token("admin")
    slow = Slow()
    photo = [(b"content-length", b"8"), (b"content-type", b"image/jpeg")]
    sending = asyncio.create_task(send_through(guarded(service), slow, bearing(who) + photo))
    await slow.begun.wait()
    await until(lambda: not under_way(service))
    asking = await fill(service, held, who) if full else []
    slow.go.set()
    await until(lambda: len(held.photos) > ONE * full or sending.done())
    held.go.set()

    assert (await sending).status == status
    await asyncio.gather(*asking)
    assert under_way(service) == 0


@pytest.fixture
def replicas(tally: Tally) -> Iterator[tuple[Limits, Limits]]:
    """Give two ingress replicas of one service."""
    both = Limits(tally, {}, NARROW), Limits(tally, {}, NARROW)
    yield both
    for each in both:
        each.close()


@pytest.fixture
def tally() -> Tally:
    """Give their Limiter."""
    return Tally()


async def places(limits: Limits, times: int, caller: str = "ada") -> int:
    """Ask for places until there is none, and keep them."""
    given = 0
    with suppress(Exception):
        for _ in range(times):
            await limits.admit(Flow(caller))
            given += 1
    return given


async def test_the_bound_is_of_the_whole_service(replicas: tuple[Limits, Limits]) -> None:
    """Two ingress replicas have the places of one between them, and another caller finds one."""
    first, second = replicas

    assert await places(first, 2) + await places(second, 9) == ONE
    assert await places(second, 1, "bob") == 1


async def test_alone_a_replica_goes_on(replicas: tuple[Limits, Limits], tally: Tally) -> None:
    """While the Limiter is away each replica keeps to the bound by itself."""
    tally.error = Unavailable("down")

    assert await places(replicas[0], 9) == ONE
    assert await places(replicas[1], 9) == ONE


async def test_what_ended_is_told(
    replicas: tuple[Limits, Limits], tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place that is left is told to the Limiter though nobody asks anything."""
    monkeypatch.setattr(gathering_module, "TELL_SECONDS", 0.0)
    _, seat = await replicas[0].admit(Flow("ada"))
    assert tally.admissions.capacity.under_way == 1
    seat.leave()
    seat.leave()
    await until(lambda: tally.admissions.capacity.under_way == 0)


async def test_what_is_held_is_told_again(
    replicas: tuple[Limits, Limits], tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replica that waits for an answer keeps its lease."""
    monkeypatch.setattr(gathering_module, "RENEW_SECONDS", 0.0)
    await replicas[0].admit(Flow("ada"))
    await until(lambda: tally.questions >= 3)

    assert tally.admissions.capacity.under_way == 1


async def test_a_word_that_was_not_heard_is_said_again(
    replicas: tuple[Limits, Limits], tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Limiter that missed the end of a request hears of it though nobody asks anything."""
    monkeypatch.setattr(gathering_module, "TELL_SECONDS", 0.0)
    monkeypatch.setattr(gathering_module, "RENEW_SECONDS", 0.0)
    _, seat = await replicas[0].admit(Flow("ada"))
    tally.error, before = Unavailable("down"), tally.questions
    seat.leave()
    await until(lambda: tally.questions > before)
    tally.error = None
    await until(lambda: tally.admissions.capacity.under_way == 0)


async def test_who_leaves_during_the_question_is_told_of(
    replicas: tuple[Limits, Limits], tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place that the Limiter gave to somebody who had left by then is free again."""
    monkeypatch.setattr(gathering_module, "TELL_SECONDS", 0.0)
    asking = asyncio.create_task(replicas[0].admit(Flow("ada")))
    tally.when_asked = asking.cancel
    with suppress(asyncio.CancelledError):
        await asking
    assert tally.admissions.capacity.under_way == 1
    await until(lambda: tally.admissions.capacity.under_way == 0)


async def test_who_leaves_with_the_answer_takes_no_place(
    replicas: tuple[Limits, Limits], tally: Tally
) -> None:
    """Cancelled between the answer and hearing it, a caller holds nothing."""
    asking = asyncio.create_task(replicas[0].admit(Flow("ada")))
    await until(lambda: tally.questions > 0)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking

    assert len(replicas[0]._seats) == 0
