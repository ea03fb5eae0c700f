"""Policies over HTTP: stored, listed, and what they decide."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from deployments.errors import Unavailable
from deployments.messages.gallery import Consent, NewIdentity, Template
from deployments.policies import built_in
from deployments.policies.policy import document_of
from tests.unit.policies.synthetic import EVIDENCE, OTHER, policy, ship
from tests.unit.web.conftest import Service
from tests.unit.web.in_memory.toys import BINDING, MODEL, NOW, face, unit

RAW = {"content-type": "image/jpeg"}
OURS = replace(EVIDENCE, pipeline=MODEL.pipeline)
MEASURED = document_of(OURS)
DOOR = {"kind": "verify", "target_fmr": 1e-2, "evidence": MEASURED}
GATE = {"kind": "identify", "target_fpir": 0.0198, "evidence": MEASURED}
OTHER_DIGEST = replace(OTHER, pipeline=MODEL.pipeline)
NONE = {"target_fmr": None, "fmr_upper_bound": None, "supported": False}


def of_ours(name: str = "door", kind: Any = "verify", **number: Any) -> Any:
    """Return a policy of the toy pack that serves."""
    return policy(name, kind, evidence=OURS, model=MODEL, **number)


async def put(service: Service, body: Any, name: str = "door") -> httpx.Response:
    """Store a policy as an administrator."""
    return await service.client.put(f"/v1/policies/{name}", headers=service.admin, json=body)


async def compare(service: Service, who: dict[str, str], **options: str) -> httpx.Response:
    """Compare two photos whose faces are 0.4 similar."""
    service.photographs.shows[b"a"] = (face(unit(1, 0, 0, 0)),)
    service.photographs.shows[b"b"] = (face(unit(0.4, 0.84**0.5, 0, 0)),)
    files = {"source": b"a", "target": b"b"}
    return await service.client.post("/v1/faces/compare", headers=who, files=files, data=options)


async def enrol(service: Service, faces: int) -> None:
    """Put so many people into the gallery."""
    for number in range(faces):
        template = Template(unit(0, 0, 1, number), face().quality)
        consent = Consent("form 7", "entry", NOW)
        person = NewIdentity(f"person-{number}", None, {}, consent, (template,))
        await service.shelf.enrol("default", person, BINDING, budget=1)


async def identify(service: Service, query: str = "") -> httpx.Response:
    """Look for somebody in the gallery `default`."""
    path = f"/v1/collections/default/identify?{query}"
    return await service.client.post(path, headers=service.admin | RAW, content=b"probe")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let evidence of the toy pack lie beside the code."""
    caches = (built_in.shipped, built_in.built_in, built_in.provisional)
    monkeypatch.setattr(built_in, "FOLDER", tmp_path)
    ship(tmp_path, OURS)
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


@pytest.mark.parametrize(
    ("body", "threshold", "bound", "supported"),
    [
        (DOOR, 0.35, 0.00655, True),
        (GATE, None, None, True),
        ({"kind": "verify", "threshold": 0.7}, 0.7, None, False),
    ],
)
async def test_stored_and_read(
    service: Service, body: dict[str, Any], threshold: Any, bound: Any, supported: bool
) -> None:
    """What is stored is told by everybody's reading, bound to the pack and pipeline that serve."""
    stored = await put(service, body)
    who = service.token("auditor")
    read = await service.client.get("/v1/policies/door", headers=who)
    told = read.json()

    assert (stored.status_code, stored.json()) == (200, told)
    assert (told["name"], told["kind"], told["built_in"]) == ("door", body["kind"], False)
    assert (told["pack_digest"], told["pipeline"]) == (MODEL.digest, MODEL.pipeline)
    assert (told["threshold"], told["fmr_upper_bound"]) == (threshold, bound)
    assert (told["supported"], told["target_fmr"]) == (supported, body.get("target_fmr"))
    assert (told["evidence"] is not None) is supported
    assert told["created_at"] is not None


async def test_not_there(service: Service) -> None:
    """Neither what nobody stored nor what this pack has no data for."""
    for name in "door", "fmr-1e-3":
        answer = await service.client.get(f"/v1/policies/{name}", headers=service.admin)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_who_stored_what_is_written_down(service: Service) -> None:
    """One line: the account, the name, and the reports behind it before and now."""
    with structlog.testing.capture_logs() as lines:
        await put(service, {"kind": "verify", "threshold": 0.7})
        await put(service, DOOR)
    told = [line for line in lines if line["event"] == "policy stored"]

    assert {(line["principal"], line["policy"]) for line in told} == {("admin", "door")}
    assert [(line["report_before"], line["report"]) for line in told] == [
        (None, None),
        (None, OURS.report_digest),
    ]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"target_fmr": 9e-4}, 422, "target_not_supported"),
        ({"evidence": None, "target_fmr": 0.02}, 422, "target_not_supported"),
        ({"evidence": MEASURED | {"pack_digest": "f" * 64}}, 409, "model_mismatch"),
        ({"evidence": MEASURED | {"pipeline": "0-1-once"}}, 409, "model_mismatch"),
        ({"evidence": MEASURED | {"comparisons": 99}}, 422, "validation_error"),
        ({"evidence": MEASURED | {"points": []}}, 422, "validation_error"),
        ({"evidence": MEASURED | {"report_digest": "x"}}, 422, "validation_error"),
        ({"threshold": 0.4}, 422, "validation_error"),
        ({"target_fmr": 0}, 422, "validation_error"),
        ({"kind": "compare"}, 422, "validation_error"),
        ({"colour": "red"}, 400, "invalid_request"),
    ],
)
async def test_refused(service: Service, changed: Any, status: int, code: str) -> None:
    """What data do not carry, what speaks of something else, and what claims too much."""
    answer = await put(service, DOOR | changed)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert service.policies.held == {}


async def test_too_many_points(service: Service) -> None:
    """Evidence has an end."""
    point = {"target_fmr": 0.1, "threshold": 0.3, "false_matches": 9, "fmr_upper_bound": 0.2}
    answer = await put(service, DOOR | {"evidence": MEASURED | {"points": [point] * 201}})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "evidence.points")


@pytest.mark.parametrize("name", ["provisional", "fmr-1e-2", "caller"])
async def test_the_names_of_the_house(service: Service, name: str) -> None:
    """A built-in policy is read-only."""
    answer = await put(service, DOOR, name)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")


async def test_evidence_that_is_there_already(service: Service) -> None:
    """A policy without evidence of its own takes the best that carries its target."""
    await put(service, DOOR)
    answer = await put(service, {"kind": "verify", "target_fmr": 4e-3}, "gate")

    assert answer.json()["evidence"] == json.loads(json.dumps(MEASURED))
    assert answer.json()["threshold"] == 0.405


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_list(service: Service, limit: int) -> None:
    """All by name, the built-in ones where they belong, page by page."""
    for name in "door", "gate":
        await put(service, DOOR, name)
    names, query = list[str](), f"limit={limit}"
    while query:
        answer = await service.client.get(f"/v1/policies?{query}", headers=service.admin)
        page = answer.json()
        names += [each["name"] for each in page["items"]]
        cursor = page["next_cursor"]
        query = f"limit={limit}&cursor={cursor}" if cursor else ""

    assert names == ["door", "fmr-1e-2", "fmr-1e-3", "gate", "provisional"]


@pytest.mark.usefixtures("shipped")
async def test_built_in(service: Service) -> None:
    """The default is at an FMR of 1e-2 where the pack has data, and the card says the same."""
    read = await service.client.get("/v1/policies/provisional", headers=service.admin)
    card = await service.client.get("/v1/models", headers=service.admin)
    body = (await compare(service, service.admin)).json()

    assert read.json()["built_in"]
    assert read.json()["threshold"] == body["threshold"] == 0.35
    assert card.json()["items"][0]["thresholds"]["verify"] == 0.35
    assert (body["policy"], body["decision"]) == ("provisional", "match")
    assert (body["target_fmr"], body["fmr_upper_bound"], body["supported"]) == (1e-2, 0.00655, True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, {"threshold": 0.5, "policy": "provisional"} | NONE),
        ({"threshold": "0.3"}, {"threshold": 0.3, "policy": None} | NONE),
        (
            {"policy": "door"},
            {"threshold": 0.35, "policy": "door", "target_fmr": 1e-2, "supported": True},
        ),
        (
            {"target_fmr": "0.004"},
            {"threshold": 0.405, "policy": "door", "target_fmr": 4e-3, "supported": True},
        ),
    ],
)
async def test_what_decides(service: Service, options: Any, told: dict[str, Any]) -> None:
    """A decision names its threshold, its policy, and what stands behind it."""
    service.policies.held["door"] = of_ours(target_fmr=1e-2)
    body = (await compare(service, service.admin, **options)).json()

    assert body | told == body
    assert body["decision"] == ("match" if told["threshold"] <= 0.4 else "no_match")


async def test_who_sees_no_scores_gets_coarse_targets(service: Service) -> None:
    """Thresholds found for numbers of theirs are raised; a policy's is an administrator's."""
    service.policies.held["door"] = of_ours(target_fmr=4e-3)
    who = service.token("verifier")
    by_target = (await compare(service, who, target_fmr="0.004")).json()
    by_policy = (await compare(service, who, policy="door")).json()

    assert (by_target["threshold"], by_policy["threshold"]) == (0.41, 0.405)


@pytest.mark.parametrize(
    ("options", "status", "code", "field"),
    [
        ({"policy": "door", "threshold": "0.4"}, 422, "validation_error", "policy"),
        ({"policy": "door", "target_fmr": "0.1"}, 422, "validation_error", "target_fmr"),
        ({"policy": "elsewhere"}, 422, "validation_error", "policy"),
        ({"policy": "gate"}, 422, "validation_error", "policy"),
        ({"policy": "../door"}, 422, "validation_error", "policy"),
        ({"target_fmr": "1"}, 422, "validation_error", "target_fmr"),
        ({"target_fmr": "nan"}, 422, "validation_error", "target_fmr"),
        ({"target_fmr": "0.0009"}, 422, "target_not_supported", None),
        ({"policy": "old"}, 409, "model_mismatch", None),
    ],
)
async def test_what_cannot_decide(
    service: Service, options: Any, status: int, code: str, field: str | None
) -> None:
    """One thing at most, one that is there, of these templates, and carried by data."""
    service.policies.held |= {
        "door": of_ours(target_fmr=1e-2),
        "gate": of_ours("gate", "identify", target_fpir=0.0198),
        "old": policy("old", threshold=0.3, model=OTHER_DIGEST),
    }
    body = (await compare(service, service.admin, **options)).json()

    assert (body["status"], body["code"]) == (status, code)
    assert (body["errors"][0]["field"] if "errors" in body else None) == field


async def test_nothing_is_analysed_for_two_wishes(service: Service) -> None:
    """A request that contradicts itself costs no work."""
    await compare(service, service.admin, policy="door", threshold="0.4")

    assert service.photographs.photos == []


async def test_while_the_database_is_away(service: Service) -> None:
    """The default needs no copy of what is stored; a policy that was never read cannot decide."""
    service.policies.error = Unavailable("The database is not answering.")
    by_default = await compare(service, service.admin)
    by_policy = await compare(service, service.admin, policy="door")

    assert (by_default.status_code, by_policy.status_code) == (200, 503)


async def test_a_gallery_that_grows(service: Service) -> None:
    """The threshold of an FPIR follows it, and beyond what the data carry nobody is identified."""
    service.policies.held["gate"] = of_ours("gate", "identify", target_fpir=0.0198)
    told = []
    for more in 2, 4, 15:
        await enrol(service, more)
        told.append((await identify(service, "policy=gate")).json())
    first, second, refused = told
    keys = ("threshold", "policy", "target_fpir", "target_fmr", "fmr_upper_bound", "supported")

    assert [first["faces"][0][key] for key in keys] == [0.35, "gate", 0.0198, 1e-2, 0.00655, True]
    assert [second["faces"][0][key] for key in keys] == [0.405, "gate", 0.0198, 3e-3, 0.00246, True]
    assert (refused["status"], refused["code"]) == (422, "target_not_supported")
    assert "up to 20 faces" in refused["detail"]


async def test_an_fpir_of_the_callers(service: Service) -> None:
    """It needs no policy of its own: the evidence that is there decides, and is named."""
    service.policies.held["door"] = of_ours(target_fmr=1e-2)
    body = (await identify(service, "target_fpir=0.0198")).json()

    assert (body["policy"], body["faces"][0]["target_fpir"]) == ("door", 0.0198)


@pytest.mark.parametrize("method", ["create", "change"])
@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("door", 200, None),
        ("provisional", 200, None),
        (None, 200, None),
        ("elsewhere", 422, "validation_error"),
        ("fmr-1e-3", 422, "validation_error"),
        ("old", 409, "model_mismatch"),
    ],
)
async def test_the_policy_of_a_collection(
    service: Service, method: str, name: str | None, status: int, code: str | None
) -> None:
    """It is one that is there, of the pack and pipeline that serve; null is the pack's own."""
    service.policies.held |= {
        "door": of_ours(target_fmr=1e-2),
        "old": policy("old", threshold=0.3, model=OTHER_DIGEST),
    }
    if method == "create":
        body = {"id": "site", "name": "Site", "policy": name}
        answer = await service.client.post("/v1/collections", headers=service.admin, json=body)
    else:
        path = "/v1/collections/default"
        answer = await service.client.patch(path, headers=service.admin, json={"policy": name})

    assert answer.status_code in {status, 201 if status == 200 else status}
    assert answer.json().get("code") == code
    assert answer.json().get("policy") == (name if status == 200 else None)


async def test_what_a_collection_says_decides(service: Service) -> None:
    """Where a caller names nothing its policy does, and not where they name something."""
    service.policies.held["gate"] = of_ours("gate", "identify", threshold=0.9)
    await service.shelf.change_collection("default", {"policy": "gate"}, budget=1)
    by_default, by_caller = await identify(service), await identify(service, "threshold=0.4")

    assert (by_default.json()["policy"], by_default.json()["faces"][0]["threshold"]) == (
        "gate",
        0.9,
    )
    assert (by_caller.json()["policy"], by_caller.json()["faces"][0]["threshold"]) == (None, 0.4)
