"""The main job over real HTTP, on the real graph with the real models."""

import json
import re
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import cv2
import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from cli.story import Story, play
from tests.acceptance.conftest import PASSWORD, Running, enrol, eventually, send

PREFIX = "facegraph_"


def test_story_of_the_demo(service: Running) -> None:
    """Six people are enrolled, found again, verified, told from a stranger, and one is erased."""
    story = Story(service.client)
    created = service.client.post("/v1/collections", json={"id": story.collection, "name": "Demo"})
    assert created.status_code == 201

    picture = play(story)

    assert story.wrong == 0
    assert picture.shape[2] == 3
    gone = service.client.delete(f"/v1/collections/{story.collection}", params={"force": "true"})
    assert gone.status_code == 204


def test_both_doors_answer_alike(service: Running, portrait: bytes) -> None:
    """A photo as the raw body and as multipart gives the same faces."""
    raw = send(service.client, "/v1/faces/embed", portrait, max_faces=3)
    form = service.client.post(
        "/v1/faces/embed", data={"max_faces": "3"}, files={"image": ("a.jpg", portrait)}
    )

    assert raw.status_code == form.status_code == 200
    assert raw.json() == form.json()
    assert len(raw.json()["faces"][0]["embedding"]) == 128


def test_a_photo_of_nearly_ten_mebibytes_passes(service: Running) -> None:
    """The largest photo the contract takes crosses the handle, whose default would refuse it."""
    noise = np.random.default_rng(7).integers(0, 256, (1800, 1900, 3), np.uint8)
    photo = bytes(cv2.imencode(".png", noise)[1])
    assert 9.5 * 2**20 < len(photo) < 10 * 2**20

    answer = send(service.client, "/v1/faces/detect", photo)

    assert (answer.status_code, answer.json()["faces"]) == (200, [])


def test_group_is_detected_whole(service: Running, group: bytes) -> None:
    """Six faces, largest first, within the picture, with five landmarks and a quality each."""
    body = send(service.client, "/v1/faces/detect", group).json()
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (face["bbox"] for face in body["faces"])]

    assert len(areas) == 6
    assert areas == sorted(areas, reverse=True)
    assert all(len(face["landmarks"]) == 5 for face in body["faces"])
    assert body["model"]["pack"] == "opencv_zoo"


def test_empty_picture_has_no_faces(service: Running, blank: bytes) -> None:
    """Nobody on a photo is an answer of detect, not an error."""
    answer = send(service.client, "/v1/faces/detect", blank)

    assert (answer.status_code, answer.json()["faces"]) == (200, [])


def test_empty_collection_matches_nobody(
    service: Running, collection: str, portrait: bytes
) -> None:
    """Searching an empty collection answers 200 and no_match."""
    body = send(service.client, f"{collection}/identify", portrait).json()

    assert body["gallery_size"] == 0
    assert body["faces"][0]["decision"] == "no_match"


@pytest.mark.parametrize(("threshold", "decision"), [(-1.0, "match"), (1.0, "no_match")])
def test_caller_may_set_the_threshold(
    service: Running, portrait: bytes, group: bytes, threshold: float, decision: str
) -> None:
    """The same two faces match or not by the threshold the caller names."""
    body = service.client.post(
        "/v1/faces/compare",
        data={"threshold": str(threshold)},
        files={"source": ("a.jpg", portrait), "target": ("b.jpg", group)},
    ).json()

    assert (body["decision"], body["threshold"], body["policy"]) == (decision, threshold, None)


def test_a_policy_decides_until_its_data_end(
    service: Running, collection: str, portrait: bytes
) -> None:
    """Stored over HTTP it is in force on every node soon, follows the gallery, and then refuses."""
    client = service.client
    card = client.get("/v1/models").json()["items"][0]
    point = {"target_fmr": 0.01, "threshold": 0.35, "false_matches": 30, "fmr_upper_bound": 0.02}
    evidence = {
        "report_digest": "0" * 64,
        "dataset": "made up",
        "people": 100,
        "photos": 200,
        "pack_digest": card["digest"],
        "pipeline": card["pipeline"],
        "quality": "standard",
        "comparisons": 5000,
        "points": [point],
    }
    # 1 - (1 - 0.02)^N is at most 0.03 for one face and not for two.
    body = {"kind": "identify", "target_fpir": 0.03, "evidence": evidence}
    assert client.put("/v1/policies/of-one", json=body).status_code == 200
    assert client.patch(collection, json={"policy": "of-one"}).status_code == 200
    eventually(lambda: send(client, f"{collection}/identify", portrait).status_code == 200)
    body = send(client, f"{collection}/identify", portrait).json()
    for name in "first", "second":
        assert enrol(client, collection, name, portrait).status_code == 201
    refused = send(client, f"{collection}/identify", portrait).json()

    assert (body["policy"], body["faces"][0]["threshold"]) == ("of-one", 0.35)
    assert (body["faces"][0]["fmr_upper_bound"], body["faces"][0]["supported"]) == (0.02, True)
    assert (refused["status"], refused["code"]) == (422, "target_not_supported")


def test_every_answer_carries_its_id_and_its_times(service: Running, portrait: bytes) -> None:
    """X-Request-ID comes back, and Server-Timing names the stages that ran."""
    answer = service.client.post(
        "/v1/faces/embed",
        content=portrait,
        headers={"Content-Type": "image/jpeg", "X-Request-ID": "test.request-1"},
    )
    stages = {stage.split(";")[0] for stage in answer.headers["Server-Timing"].split(", ")}

    assert answer.headers["X-Request-ID"] == "test.request-1"
    assert stages == {"queue", "decode", "detect", "align", "embed", "total"}


def test_verifier_sees_rounded_scores_of_granted_collections(
    service: Running, collection: str, portrait: bytes
) -> None:
    """A verifier identifies in the collection granted, with two decimals, and sees no other."""
    name = collection.rsplit("/", 1)[1]
    account = {"username": f"v-{name}", "password": "verifier-1234", "role": "verifier"}
    created = service.client.post("/v1/users", json=account | {"collections": [name]})
    assert created.status_code == 201
    assert enrol(service.client, collection, "astronaut", portrait).status_code == 201

    with closing(service.log_in(account["username"], account["password"])) as verifier:
        found = send(verifier, f"{collection}/identify", portrait)
        hidden = send(verifier, "/v1/collections/default/identify", portrait)
        refused = enrol(verifier, collection, "other", portrait)

    similarity = found.json()["faces"][0]["matches"][0]["similarity"]
    assert similarity == round(similarity, 2)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert service.client.delete(f"/v1/users/{account['username']}").status_code == 204


def test_docs_and_openapi_are_served(service: Running) -> None:
    """The documentation is there without a token and asks nothing of other hosts."""
    with httpx.Client(base_url=service.url) as stranger:
        page = stranger.get("/docs")
        document = stranger.get("/openapi.json").json()

    assert page.status_code == 200
    assert "://" not in page.text.replace("http://www.w3.org", "")
    assert "/v1/collections/{collection}/identify" in document["paths"]


def test_refresh_token_is_good_once(service: Running) -> None:
    """A spent refresh token is refused, and takes the whole family with it."""
    with httpx.Client(base_url=service.url) as client:
        form = {"username": "admin", "password": PASSWORD}
        first = client.post("/v1/auth/token", data=form).json()["refresh_token"]
        second = client.post("/v1/auth/refresh", json={"refresh_token": first})
        again = client.post("/v1/auth/refresh", json={"refresh_token": first})
        family = client.post(
            "/v1/auth/refresh", json={"refresh_token": second.json()["refresh_token"]}
        )

    assert second.status_code == 200
    assert (again.status_code, again.json()["code"]) == (401, "invalid_credentials")
    assert family.status_code == 401


def test_a_request_is_one_line_of_json_that_gives_nothing_away(
    service: Running, portrait: bytes
) -> None:
    """The log holds the request under its id, and neither traceback nor path for a refusal."""
    headers = {"Content-Type": "image/jpeg", "X-Request-ID": f"logged-{uuid4().hex}"}
    service.client.post("/v1/faces/detect", content=portrait[:5000], headers=headers)
    logs = Path(re.search(r"logs +(\S+)", (service.data_dir / "up.log").read_text())[1])  # type: ignore[index]
    eventually(lambda: any(headers["X-Request-ID"] in text for text in written(logs)))
    lines = [
        line
        for text in written(logs)
        for line in text.splitlines()
        if headers["X-Request-ID"] in line
    ]
    told = [json.loads(line) for line in lines if '"event": "request"' in line]

    assert [(line["status"], line["code"]) for line in told] == [(422, "undecodable_image")]
    assert not [
        text for text in written(logs) if "UndecodableImage" in text and "Traceback" in text
    ]


def written(logs: Path) -> list[str]:
    """Return what every file of the logs holds."""
    return [path.read_text(errors="replace") for path in logs.rglob("*") if path.is_file()]


def test_metrics_tell_the_batches_and_what_runs_the_model(
    service: Running, portrait: bytes
) -> None:
    """`/metrics` has each batch counted, and the engine of `GET /v1/models`."""
    assert send(service.client, "/v1/faces/detect", portrait).status_code == 200
    (model,) = service.client.get("/v1/models").json()["items"]
    eventually(lambda: {"batch_size_count", "model_info", "queue_depth"} <= set(measured(service)))
    found = measured(service)
    buckets = found["batch_size_bucket"]

    assert [sample.labels["le"] for sample in buckets] == [
        *(f"{2.0**power}" for power in range(9)),
        "+Inf",
    ]
    assert buckets[-1].value == found["batch_size_count"][0].value >= 1
    assert [(sample.value, sample.labels["engine"]) for sample in found["model_info"]] == [
        (1, model["engine"])
    ]
    assert {sample.labels["deployment"] for sample in found["queue_depth"]} == {
        *("Ingress", "Embedder", "Matcher")
    }


def test_it_is_told_that_nothing_checks_liveness(service: Running) -> None:
    """As shipped there is no model for it: the start, the embedder's log and the card say so."""
    log = service.data_dir / "up.log"
    logs = Path(re.search(r"logs +(\S+)", log.read_text())[1])  # type: ignore[index]
    (model,) = service.client.get("/v1/models").json()["items"]

    assert model["liveness"] is None
    assert "No liveness model: presentation attacks are not looked for" in log.read_text()
    eventually(lambda: any("no model: nothing is checked" in text for text in written(logs)))


def measured(service: Running) -> dict[str, list[Sample]]:
    """Return what the service measured, by the name without its prefix."""
    told = httpx.get(f"{service.url}/metrics", trust_env=False).text
    samples: dict[str, list[Sample]] = defaultdict(list)
    for family in text_string_to_metric_families(told):
        for sample in family.samples:
            samples[sample.name.removeprefix(PREFIX)].append(sample)
    return samples
