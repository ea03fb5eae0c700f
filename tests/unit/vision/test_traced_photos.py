"""Photos on their way through batcher and pipeline, as their spans and lines tell it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan

from deployments import tracing
from deployments.errors import DeadlineExceeded, UndecodableImage
from deployments.messages.embedder import Photo
from deployments.messages.sharing import Origin
from deployments.spans import REQUEST_ID
from deployments.vision.decoder import Decoder
from deployments.vision.detections import Detection
from deployments.vision.looks import Looks
from deployments.vision.pictures import Picture
from deployments.vision.pipeline import Pipeline
from tests.recorded import Recorded, identity, told
from tests.unit.vision.gated import AMPLE, Gated, Numbers, batcher_of, occupied
from tests.unit.vision.photographs import group, photo_of, portrait

TRACE = "ab" * 16


def origin(number: int) -> Origin:
    """Return a request of its own, in one trace with the others."""
    return Origin(f"request-{number}", f"00-{TRACE}-{number:016x}-01")


async def test_photos_of_one_batch(recorded: Recorded) -> None:
    """Each waits in a span of its own, and batch and photo are linked to each other."""
    run = Gated()

    async def analyse(batcher: Numbers, number: int) -> None:
        with tracing.received("embedder.analyse", origin(number)):
            await batcher.submit(number, AMPLE)

    async with batcher_of(run) as batcher:
        first = await occupied(batcher, run)
        asked = [asyncio.create_task(analyse(batcher, number)) for number in (1, 2, 3)]
        await asyncio.sleep(0)
        run.let_go()
        await asyncio.gather(first, *asked)
    batch = recorded.one("batch")
    photos = [each for each in recorded.all() if each.name == "embedder.analyse"]
    waits = [each for each in recorded.all() if each.name == "queue"]

    assert run.batches == [[0], [1, 2, 3]]
    assert [link.context.span_id for link in batch.links] == [identity(each)[1] for each in photos]
    assert [[link.context.span_id for link in each.links] for each in photos] == [
        [identity(batch)[1]]
    ] * 3
    assert [each.parent and each.parent.span_id for each in waits] == [
        identity(each)[1] for each in photos
    ]


async def test_a_photo_that_waited_in_vain(recorded: Recorded) -> None:
    """Where its time is over before its turn comes, its trace tells that it waited."""
    run = Gated()
    async with batcher_of(run) as batcher:
        first = await occupied(batcher, run)
        with tracing.received("embedder.analyse", origin(1)), pytest.raises(DeadlineExceeded):
            await batcher.submit(1, 0.001)
        run.let_go()
        await first

    assert recorded.parents() == [("queue", "embedder.analyse"), ("embedder.analyse", None)]


async def test_whom_a_batch_is_run_for() -> None:
    """The worker that the first photo starts carries on in nobody's name."""
    seen: list[object] = []

    def told_of(_size: int) -> None:
        seen.append(tracing.origin())

    async with batcher_of(list, told_of) as batcher:
        with tracing.received("embedder.analyse", origin(1)):
            await batcher.submit(1, AMPLE)

    assert seen == [None]


def stages(recorded: Recorded, number: int) -> list[ReadableSpan]:
    """Return the stages of one photo."""
    identifier = origin(number).request_id
    return [each for each in recorded.all() if (each.attributes or {})[REQUEST_ID] == identifier]


def test_stages_of_photos(pipeline: Pipeline, recorded: Recorded) -> None:
    """Each photo has the stages that it went through, one after the other, and nobody else's."""
    photos: Sequence[Photo] = [
        replace(photo_of(group(), embed="largest"), origin=origin(1)),
        replace(photo_of(group(), embed="none"), origin=origin(2)),
        Photo(b"no image", origin=origin(3)),
        photo_of(group()),
    ]
    pipeline.analyse(photos)

    largest, undescribed, broken = (stages(recorded, number) for number in (1, 2, 3))

    assert [each.name for each in largest] == ["decode", "detect", "align", "embed"]
    assert [each.name for each in undescribed] == ["decode", "detect", "align"]
    assert [told(each) for each in broken] == [{"error.type": "UnsupportedMediaType"}]
    moments = [moment for each in largest for moment in (each.start_time, each.end_time)]
    assert moments == sorted(moment or 0 for moment in moments)


def test_a_photo_that_turns_out_damaged(
    pipeline: Pipeline, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of its second look is told on its own span, and not on its neighbour's."""
    again, damaged = pipeline._finder.look_again, portrait()

    def look_again(faces: Sequence[tuple[Picture, Detection]]) -> list[Detection]:
        if any(picture.width == damaged.shape[1] for picture, _ in faces):
            raise UndecodableImage("The image is cut off.")
        return again(faces)

    monkeypatch.setattr(pipeline._ahead, "at_once", 2)
    monkeypatch.setattr(pipeline._finder, "look_again", look_again)
    photos = [
        replace(photo_of(damaged, embed="none"), origin=origin(1)),
        replace(photo_of(group(), embed="none"), origin=origin(2)),
    ]
    pipeline.analyse(photos)
    told_of = [[told(each) for each in stages(recorded, number) if told(each)] for number in (1, 2)]

    assert told_of == [[{"error.type": "UndecodableImage"}], []]
    assert [each.name for each in stages(recorded, 2)] == ["decode", "detect", "detect", "align"]


def test_lines_about_a_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is logged while a photo is decoded carries the id of its request."""
    decoder = Decoder(max_pixels=100, seconds=5.0)
    bound: list[object] = []
    monkeypatch.setattr(
        decoder, "decode", lambda *_, **__: bound.append(structlog.contextvars.get_contextvars())
    )
    Looks(decoder, 100, origin=origin(7)).decode(b"photo", None)
    Looks(decoder, 100).decode(b"photo", None)
    decoder.close()

    assert bound == [{"request_id": "request-7"}, {}]
