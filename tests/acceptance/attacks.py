"""Presentation attacks on a running service, whose liveness model takes dark faces for attacks."""

from pathlib import Path

import cv2
import numpy as np
import yaml

from tests.acceptance.conftest import Running, enrol, eventually, send
from tests.acceptance.test_main_job import measured
from tests.networks import brightness, write_liveness_model

GATE = "/v1/collections/gate"


def let_check_liveness(config: Path) -> None:
    """Change a configuration so that the service loads such a model, written beside it."""
    document = yaml.safe_load(config.read_text())
    folder = write_liveness_model(config.parent / "liveness", brightness(32))
    document["applications"][0]["args"]["liveness"] = str(folder)
    config.write_text(yaml.safe_dump(document))


def in_the_dark(photo: bytes) -> bytes:
    """Return a photo with a fifth of its light."""
    pixels = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return cv2.imencode(".jpg", pixels // 5)[1].tobytes()


def assert_attacks_are_refused(up: Running, portrait: bytes) -> None:
    """Observed, an attack is told and goes on; enforced, it verifies, finds and enrols nobody."""
    attack = in_the_dark(portrait)
    new = {"id": "gate", "name": "Gate", "quality": "off", "liveness": "observe"}
    assert up.client.post("/v1/collections", json=new).status_code == 201
    person = enrol(up.client, GATE, "astronaut", portrait).json()["id"]
    verify, identify = f"{GATE}/identities/{person}/verify", f"{GATE}/identify"

    observed = send(up.client, verify, attack).json()
    assert (observed["decision"], observed["liveness"]) == ("match", "attack")

    assert up.client.patch(GATE, json={"liveness": "enforce"}).status_code == 200
    for answer in (
        send(up.client, verify, attack),
        send(up.client, identify, attack),
        enrol(up.client, GATE, "another", attack),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "presentation_attack")
        assert "similarity" not in answer.text
    verified, identified = (send(up.client, path, portrait).json() for path in (verify, identify))
    assert (verified["decision"], verified["liveness"]) == ("match", "live")
    assert identified["faces"][0]["liveness"] == "live"


def assert_attacks_were_counted(up: Running) -> None:
    """Find the four attacks above in the metrics, and a score for each face that was checked."""
    eventually(lambda: counted(up).get("attack") == 4)
    scores = sum(sample.value for sample in measured(up)["liveness_score_count"])

    assert scores == sum(counted(up).values())
    assert counted(up)["live"] >= 3


def counted(up: Running) -> dict[str, float]:
    """Return how many faces were decided to be what."""
    samples = measured(up).get("liveness_total", [])
    decisions = {sample.labels["decision"] for sample in samples}
    return {
        decision: sum(each.value for each in samples if each.labels["decision"] == decision)
        for decision in decisions
    }
