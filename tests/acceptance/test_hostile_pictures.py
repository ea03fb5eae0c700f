"""Hostile pictures over real HTTP: each is answered as the contract says, and nothing is lost."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil

from tests.acceptance.conftest import Running, eventually, send
from tests.hostile.bombs import slow_bombs
from tests.hostile.corpus import File, corpus, sample

REFUSALS = {
    (413, "body_too_large"),
    (413, "image_too_large"),
    (415, "unsupported_media_type"),
    (422, "undecodable_image"),
    (422, "no_face"),
}
# `make fuzz` sends the whole corpus, `make test` some two hundred files.
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"

# What an embedder may have taken more afterwards, in bytes: its heap and its decoder's have grown
# to what the largest picture takes.
MEMORY = 192 * 2**20
AT_ONCE = 4


def replicas(service: Running) -> dict[str, psutil.Process]:
    """Return the process of each replica, by the name Ray gives it."""
    found = {" ".join(each.cmdline()): each for each in service.processes()}
    return {name: each for name, each in found.items() if "ServeReplica" in name}


def embedder(service: Running) -> psutil.Process:
    """Return the one replica that embeds."""
    (found,) = (each for name, each in replicas(service).items() if "Embedder" in name)
    return found


def memory(service: Running) -> int:
    """Return the bytes of the embedder and of those who decode for it; shared ones in shares."""
    replica = embedder(service)
    processes = [replica, *replica.children(recursive=True)]
    return sum(process.memory_full_info().pss for process in processes)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code."""
    return answer.status_code, answer.json().get("code", "no problem")


def test_every_hostile_picture_is_refused_as_documented(
    service: Running, collection: str, portrait: bytes
) -> None:
    """No answer but a documented 4xx, none late, no replica replaced, and no memory kept."""
    assert send(service.client, f"{collection}/identify", portrait).status_code == 200
    before, taken = replicas(service), memory(service)

    def answered(file: File) -> tuple[str, tuple[int, str]]:
        name, data = file
        answer = send(service.client, f"{collection}/identify", data)
        # Files that are refused at a glance come faster than one caller may ask.
        while refusal(answer) == (429, "rate_limited"):
            time.sleep(int(answer.headers["Retry-After"]))
            answer = send(service.client, f"{collection}/identify", data)
        return name, refusal(answer)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(answered, corpus() if LONG else sample()))
    # One by one: who waits for several of these may well wait for too long.
    answers += map(answered, slow_bombs() if LONG else ())

    assert [each for each in answers if each[1] not in REFUSALS] == []
    assert len(answers) >= (2000 if LONG else 200)
    assert service.client.get("/v1/health/ready").status_code == 200
    assert replicas(service) == before
    assert memory(service) - taken < MEMORY


def test_a_decoder_killed_again_and_again_takes_no_service_down(
    service: Running, portrait: bytes
) -> None:
    """A photo whose decoder is killed is refused or served, all others served; nothing else."""
    replica = embedder(service)
    assert send(service.client, "/v1/faces/detect", portrait).status_code == 200
    (nursery,) = (each for each in replica.children() if "decoding" in " ".join(each.cmdline()))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ask = [pool.submit(send, service.client, "/v1/faces/detect", portrait) for _ in range(24)]
        killed = 0
        for asked in ask:
            for decoder in nursery.children():
                decoder.kill()
                killed += 1
            assert service.client.get("/v1/health/ready").status_code == 200
            asked.result()
        answers = [asked.result() for asked in ask]

    assert killed > 0
    assert {refusal(each) for each in answers if each.status_code != 200} <= {
        (422, "undecodable_image")
    }
    # One that was killed last may still have the first photo after it.
    eventually(
        lambda: send(service.client, "/v1/faces/detect", portrait).status_code == 200, seconds=10
    )
    assert embedder(service) == replica
