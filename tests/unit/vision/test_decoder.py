"""What a hostile photo may do to the process that decodes it, and what comes of it: nothing."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import cv2
import numpy as np
import psutil
import pytest
import structlog

from deployments.errors import (
    BodyTooLarge,
    ImageTooLarge,
    Unavailable,
    UndecodableImage,
    UnsupportedMediaType,
)
from deployments.messages.embedder import Analysis, Photo
from deployments.vision.decoder import TRIES, Decoder
from deployments.vision.exchange import Question, SharedMemory, shared_file
from deployments.vision.images import decode
from deployments.vision.pictures import Decoded
from deployments.vision.pipeline import Pipeline
from tests.hostile.drawn import sound_files
from tests.unit.vision.photographs import decoded, encoded, filled, jpeg, portrait

MAX_PIXELS = 4_000_000
# Far longer than a drawing takes, and short enough to wait for once.
SECONDS = 1.0

LIMITED = psutil.RLIMIT_CORE, psutil.RLIMIT_NOFILE, psutil.RLIMIT_NPROC, psutil.RLIMIT_AS

PORTRAIT = jpeg(portrait())


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    """Yield one decoder for all tests, each of which leaves it able to decode."""
    decoder = Decoder(max_pixels=MAX_PIXELS, seconds=SECONDS)
    yield decoder
    decoder.close()


def read(decoder: Decoder, data: bytes = PORTRAIT) -> np.ndarray:
    """Return the whole photo's pixels."""
    return decoder.decode(data, None, max_pixels=MAX_PIXELS).pixels


def nursery_of(decoder: Decoder) -> psutil.Process:
    """Return the process that forks decoders."""
    return psutil.Process(decoder._nursery._process.pid)


def process_of(decoder: Decoder) -> psutil.Process:
    """Return the process that decodes, which is there once a photo was read."""
    read(decoder)
    (process,) = nursery_of(decoder).children()
    return process


def stopped(process: psutil.Process) -> psutil.Process:
    """Stop a process, and return it once it stands still."""
    process.suspend()
    while process.status() != psutil.STATUS_STOPPED:
        os.sched_yield()
    return process


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return a photo of which every process dies that has begun to read it."""
    photo, asked = sound_files()["jpeg turned"], Decoder._asked

    def dying(decoder: Decoder, data: bytes, question: Question) -> socket.socket:
        if data != photo:
            return asked(decoder, data, question)
        process = stopped(process_of(decoder))
        line = asked(decoder, data, question)
        process.kill()
        return line

    monkeypatch.setattr(Decoder, "_asked", dying)
    return photo


@pytest.mark.parametrize("kind", [kind for kind in sound_files() if "animated" not in kind])
@pytest.mark.parametrize("side", [None, 20])
def test_pixels_are_those_decoded_here(decoder: Decoder, kind: str, side: int | None) -> None:
    """The process returns to the bit what its own code returns in this one."""
    data = sound_files()[kind]
    there = decoder.decode(data, side, max_pixels=MAX_PIXELS)
    here = decode(data, side, max_pixels=MAX_PIXELS)
    assert np.array_equal(there.pixels, here.pixels)
    assert there[1:] == here[1:]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"text", UnsupportedMediaType),
        (sound_files()["png animated"], UnsupportedMediaType),
        (encoded(filled("1", 0, (2001, 2000)), "PNG"), ImageTooLarge),
        (PORTRAIT[:5000], UndecodableImage),
    ],
)
def test_a_refusal_is_the_one_of_its_own_code(
    decoder: Decoder, data: bytes, error: type[Exception]
) -> None:
    """The three errors cross with their sentence, and cost no process."""
    before = process_of(decoder)
    with pytest.raises(error) as there:
        read(decoder, data)
    with pytest.raises(error) as here:
        decoded(data, max_pixels=MAX_PIXELS)
    assert str(there.value) == str(here.value)
    assert process_of(decoder) == before


def test_far_more_bytes_than_pixels_are_refused(decoder: Decoder) -> None:
    """What would not fit into the memory that is shared is refused before it is copied there."""
    with pytest.raises(BodyTooLarge):
        read(decoder, bytes(9 * MAX_PIXELS))


def test_crashes_cost_a_photo_each(decoder: Decoder, poison: bytes) -> None:
    """A photo in whose decoding the process dies is undecodable, however many; the next is read."""
    processes = [process_of(decoder)]
    for _ in range(10):
        with pytest.raises(UndecodableImage):
            read(decoder, poison)
        processes.append(process_of(decoder))
    assert len(set(processes)) == 11
    assert np.array_equal(read(decoder), decoded(PORTRAIT, max_pixels=MAX_PIXELS))


def test_a_hang_ends_with_its_time(decoder: Decoder) -> None:
    """A process that does not answer in time is ended, whatever it does, and the next one reads."""
    process = stopped(process_of(decoder))
    with pytest.raises(UndecodableImage), structlog.testing.capture_logs() as lines:
        read(decoder)
    assert read(decoder).shape == (512, 512, 3)
    assert not process.is_running()
    assert [(line["event"], line["reason"]) for line in lines] == [
        ("decoder_replaced", "TimeoutError")
    ]


def test_what_is_left_of_a_photos_time_bounds_the_next_look(decoder: Decoder) -> None:
    """A process that stands still is waited for no longer than asked; the next has all its time."""
    stopped(process_of(decoder))
    began = monotonic()
    with pytest.raises(UndecodableImage):
        decoder.decode(PORTRAIT, None, max_pixels=MAX_PIXELS, seconds=0.01)
    assert monotonic() - began < SECONDS
    assert read(decoder).shape == (512, 512, 3)


def test_a_process_found_dead_costs_no_photo(decoder: Decoder) -> None:
    """Whoever dies between two photos had no part in the second."""
    process = process_of(decoder)
    process.kill()
    # The nursery learns of a death only when it is asked for another.
    while process.status() != psutil.STATUS_ZOMBIE:
        os.sched_yield()
    assert read(decoder).shape == (512, 512, 3)


@pytest.mark.parametrize("deaths", [2, 3])
def test_processes_that_die_one_after_the_other(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    """Nor had the next ones a part in it; where there is no end of it the service says so."""
    asked = decoder._ask
    left = [BrokenPipeError()] * deaths

    def ask(*arguments: Any) -> None:
        if left:
            raise left.pop()
        asked(*arguments)

    monkeypatch.setattr(decoder, "_ask", ask)
    if deaths == TRIES:
        with pytest.raises(Unavailable):
            read(decoder)
    assert read(decoder).shape == (512, 512, 3)


def test_a_nursery_found_dead_costs_no_photo(decoder: Decoder) -> None:
    """Should the nursery be killed, its decoder goes with it, and both are started anew."""
    process, nursery = process_of(decoder), nursery_of(decoder)
    nursery.kill()
    psutil.wait_procs([process], timeout=10)
    assert read(decoder).shape == (512, 512, 3)
    assert nursery_of(decoder) != nursery
    assert not process.is_running()


def test_without_a_process_photos_are_the_services_failure(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where none can be started no photo is blamed, and once one can be photos are read again."""
    nursery = nursery_of(decoder)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/bin/false")
        nursery.kill()
        nursery.wait()
        with pytest.raises(Unavailable):
            read(decoder)
    assert read(decoder).shape == (512, 512, 3)


def test_an_unlinked_file_does_where_there_is_no_memfd(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS, what is shared may lie in a temporary file that nobody finds."""
    monkeypatch.delattr(os, "memfd_create")
    decoder = Decoder(max_pixels=MAX_PIXELS, seconds=SECONDS)
    assert np.array_equal(read(decoder), decoded(PORTRAIT, max_pixels=MAX_PIXELS))
    decoder.close()


def test_a_picture_that_takes_more_memory_than_there_is_is_undecodable() -> None:
    """Where address space ends the picture is refused; what it took is there for the next."""
    decoder = Decoder(max_pixels=MAX_PIXELS, seconds=30)
    process = process_of(decoder)
    taken = process.memory_info().vms
    process.rlimit(psutil.RLIMIT_AS, (taken + 8 * 2**20, taken + 8 * 2**20))
    with pytest.raises(UndecodableImage):
        read(decoder, encoded(filled("RGBA", "red", (2000, 2000)), "PNG"))
    assert read(decoder, sound_files()["jpeg grey"]).shape == (64, 96, 3)
    decoder.close()


def test_the_largest_picture_fits_into_the_memory(decoder: Decoder) -> None:
    """Those that take the most for a pixel are read: transparent ones, and WebP without loss."""
    image = filled("RGBA", (9, 9, 9, 9), (2000, 2000))
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        assert read(decoder, encoded(image, kind, **options)).shape == (2000, 2000, 3)


def test_a_decoder_holds_nothing_and_may_do_nothing(decoder: Decoder) -> None:
    """No secret, no file but its line, no core dump, no child, bounded memory, no new rights."""
    process = process_of(decoder)
    limits = {kind: process.rlimit(kind)[1] for kind in LIMITED}
    assert set(process.environ()) <= {
        *("PYTHONPATH", "LC_CTYPE", "OPENBLAS_NUM_THREADS"),
        *("GLIBC_TUNABLES", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"),
    }
    opened = {each.name: str(each.readlink()) for each in Path(f"/proc/{process.pid}/fd").iterdir()}
    assert opened.pop("3").startswith("socket:")
    assert opened == dict.fromkeys("012", "/dev/null")
    assert limits[psutil.RLIMIT_CORE] == limits[psutil.RLIMIT_NPROC] == 0
    assert limits[psutil.RLIMIT_NOFILE] == 4
    assert limits[psutil.RLIMIT_AS] < process.memory_info().vms + 128 * 2**20 + 40 * MAX_PIXELS
    assert process.num_threads() == 1
    assert "NoNewPrivs:\t1" in Path(f"/proc/{process.pid}/status").read_text()


def test_a_decoder_shares_its_memory_with_none_before_it(decoder: Decoder) -> None:
    """Whoever still holds a replaced decoder's memory sees no later photo, and alters none."""
    read(decoder)
    before, mark = decoder._shared._memory, b"\1" * len(PORTRAIT)
    decoder.replace()
    before[: len(mark)] = mark
    assert np.array_equal(read(decoder), decoded(PORTRAIT, max_pixels=MAX_PIXELS))
    assert before[: len(mark)] == mark


@pytest.mark.skipif(sys.platform != "linux", reason="what is mapped is told by /proc")
def test_only_the_decoder_maps_the_memory(decoder: Decoder) -> None:
    """The nursery, of which all decoders are forked, hands the memory of none to the next."""
    decoder.replace()
    maps = [Path(f"/proc/{each.pid}/maps") for each in (nursery_of(decoder), process_of(decoder))]
    assert [each.read_text().count("memfd:photo") for each in maps] == [0, 1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind(number: signal.Signals) -> None:
    """However the process that decodes for itself ends, the two others end with it."""
    code = """
import sys, psutil
from deployments.vision.decoder import TRIES, Decoder
from tests.hostile.drawn import sound_files
decoder = Decoder(max_pixels=10_000, seconds=5)
decoder.decode(sound_files()["png 0 of 8 bits"], None, max_pixels=10_000)
print(*(each.pid for each in psutil.Process().children(recursive=True)), flush=True)
sys.stdin.read()
"""
    owner = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with owner:
        assert owner.stdout is not None
        nursery, decoder = map(psutil.Process, map(int, owner.stdout.readline().split()))
        decoder.suspend()
        owner.send_signal(number)
    _, alive = psutil.wait_procs([nursery, decoder], timeout=10)
    assert alive == []


def test_closing_ends_both_processes() -> None:
    """After close nothing runs any more."""
    decoder = Decoder(max_pixels=MAX_PIXELS, seconds=SECONDS)
    processes = [nursery_of(decoder), process_of(decoder)]
    decoder.close()
    assert [process for process in processes if process.is_running()] == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0" * 47, id="too short"),
        pytest.param((0, 64, 96, 1, 0, 0), id="no size"),
        pytest.param((0, 64, 96, 3, 96, 64), id="a reduction nobody makes"),
        pytest.param((0, 64, 96, 0, 96, 64), id="no reduction"),
        pytest.param((0, 64, 96, 1, 2**32, 2**32), id="more pixels than asked for"),
        pytest.param((0, 2**40, 2**40, 1, 96, 64), id="pixels beyond the memory"),
        pytest.param((4, 0, 0, 0, 0, 0), id="a refusal nobody knows"),
    ],
)
def test_a_lie_is_no_answer(answer: bytes | tuple[int, ...]) -> None:
    """Whoever took a decoder over can tell nothing that reaches beyond the memory shared."""
    file = shared_file(10_000)
    shared = SharedMemory(file, 10_000)
    os.close(file)
    told = (
        answer if isinstance(answer, bytes) else b"".join(n.to_bytes(8, "little") for n in answer)
    )
    with pytest.raises(ValueError, match=r"answer|refusal|size|pixels"):
        shared.take_pixels(told, Question(10, None, 10_000))


@pytest.mark.parametrize("pack", ["default_pack"], indirect=True)
def test_a_poisoned_photo_leaves_its_neighbours_their_faces(
    pipeline: Pipeline, poison: bytes
) -> None:
    """In one batch each photo has its own answer, though the process dies again and again."""
    good = Photo(PORTRAIT, embed="all")
    results = pipeline.analyse([Photo(poison), good, Photo(poison), Photo(poison), good])
    vectors = [each.faces[0].vector for each in results if isinstance(each, Analysis)]
    assert [isinstance(result, UndecodableImage) for result in results] == [1, 0, 1, 1, 0]
    assert np.array_equal(*vectors)  # type: ignore[arg-type]


def here(
    _decoder: Decoder, data: bytes, side: int | None, *, max_pixels: int, seconds: float
) -> Decoded:
    """Decode in this process, however long it takes."""
    assert seconds > 0
    return decode(data, side, max_pixels=max_pixels)


@pytest.mark.parametrize("pack", ["default_pack"], indirect=True)
@pytest.mark.parametrize("size", [512, 1900])
def test_vectors_are_those_of_photos_decoded_here(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Where a photo is decoded changes nothing, also where it is decoded a second time."""
    photo = Photo(jpeg(cv2.resize(portrait(), (size, size)).astype(np.uint8)), embed="all")
    there = only(pipeline, photo)
    monkeypatch.setattr(Decoder, "decode", here)
    assert np.array_equal(there, only(pipeline, photo))


def only(pipeline: Pipeline, photo: Photo) -> np.ndarray:
    """Return the vector of the one face there is."""
    (result,) = pipeline.analyse([photo])
    assert isinstance(result, Analysis)
    vector = result.faces[0].vector
    assert vector is not None
    return vector


@pytest.mark.parametrize("max_pixels", [4_000_000, 1_000])
def test_large_photos_leave_no_memory_behind(
    decoder: Decoder, max_pixels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one took of the shared memory beyond what is kept is given back, read or refused."""
    kept = 8 * 2**20
    monkeypatch.setattr("deployments.vision.exchange._KEPT", kept)
    with suppress(ImageTooLarge):
        photo = encoded(filled("RGB", "red", (2000, 2000)), "BMP")
        decoder.decode(photo, None, max_pixels=max_pixels)
    shared, pixels_at = decoder._shared._memory, decoder._shared._pixels_at

    assert not any(shared[kept : kept + 2 * 2**20])
    assert not any(shared[pixels_at + kept : pixels_at + kept + 2 * 2**20])


@pytest.mark.parametrize("data", [PORTRAIT, PORTRAIT[:5000], b""])
def test_nothing_of_a_photo_stays_in_the_memory(decoder: Decoder, data: bytes) -> None:
    """Read or refused, it and its pixels are overwritten before the next photo comes."""
    with suppress(UndecodableImage, UnsupportedMediaType):
        read(decoder, data)
    shared, pixels_at = decoder._shared._memory, decoder._shared._pixels_at
    assert not any(shared[: len(PORTRAIT)])
    assert not any(shared[pixels_at : pixels_at + 3 * 512 * 512])
