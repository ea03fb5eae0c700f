"""The OpenAPI document against the contract."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from deployments.web.access import RULES
from deployments.web.links import LINKS
from tests.unit.web.conftest import Service

REPOSITORY = Path(__file__).parents[3]
SHARED = Path(os.environ.get("FACEGRAPH_SHARED", REPOSITORY.parent / "shared"))

# What the contract promises for later; the list only ever gets shorter.
LATER = {
    "GET /v1/audit",
    "POST /v1/jobs",
    "GET /v1/jobs/{}",
}
UNLISTED = {"GET /openapi.json", "GET /docs", "GET /metrics"}
UPLOADS = [
    "/v1/faces/detect",
    "/v1/faces/embed",
    "/v1/collections/{collection}/identify",
    "/v1/collections/{collection}/identities/{identity}/verify",
]


@pytest.fixture
async def document(service: Service) -> dict[str, Any]:
    """Get the OpenAPI document as a client does."""
    document: dict[str, Any] = (await service.client.get("/openapi.json")).json()
    return document


def nameless(route: str) -> str:
    """Return a route without the names of its places and without its query."""
    return re.sub(r"{[^}]*}", "{}", route.partition("?")[0])


def promised() -> set[str]:
    """Return the routes the contract's page spells out."""
    page = SHARED / "api.md"
    if not page.exists():
        pytest.skip(f"the contract's page is not at {page}")
    endpoints = page.read_text("utf-8").partition("## Endpoints")[2].partition("\n## ")[0]
    routes = re.findall(r"`((?:[A-Z]+\|)*[A-Z]+) (/[^\s`]*)", endpoints)
    return {
        nameless(f"{method} {complete(path)}")
        for methods, path in routes
        for method in methods.split("|")
    }


def complete(path: str) -> str:
    """Return a path that the page shortens, in full."""
    if path.startswith("/{"):
        return f"/v1/collections{path}"
    if path.startswith(("/identities", "/identify")):
        return f"/v1/collections/{{collection}}{path}"
    return path


def test_page(document: dict[str, Any]) -> None:
    """Every route that the contract's page spells out is served, but for those to come."""
    del document
    served = {nameless(f"{method} {path}") for method, path in RULES}

    assert promised() - served == LATER


def test_document_has_every_route(document: dict[str, Any]) -> None:
    """The document shows exactly the routes of the access table."""
    shown = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }

    assert shown == {f"{method} {path}" for method, path in RULES} - UNLISTED


def test_operations(document: dict[str, Any]) -> None:
    """Every operation has a name of its own, a sentence, and says if it is open."""
    operations = [
        (RULES[method.upper(), path], it)
        for path, methods in document["paths"].items()
        for method, it in methods.items()
    ]
    names = {it["operationId"] for _, it in operations}

    assert len(names) == len(operations)
    assert all(name.isidentifier() for name in names)
    assert all(it["description"] for _, it in operations)
    assert all(bool(it["security"]) is not rule.open for rule, it in operations)


def test_limits(document: dict[str, Any]) -> None:
    """A success of a route that is limited says that it tells how the limits stand."""
    told = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, it in methods.items()
        if "RateLimit" in next(iter(it["responses"].values())).get("headers", {})
    }

    assert told == {route for route, rule in RULES.items() if rule.limit not in {"address", "none"}}
    assert {"RateLimit", "RateLimit-Policy"} <= set(document["components"]["headers"])


@pytest.mark.parametrize("path", UPLOADS)
def test_uploads(document: dict[str, Any], path: str) -> None:
    """A single-image route takes four raw types with its options in the query, or a form."""
    operation = document["paths"][path]["post"]
    content = operation["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]
    query = {each["name"] for each in operation["parameters"] if each["in"] == "query"}

    assert set(content) == {
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/bmp",
        "multipart/form-data",
    }
    assert set(form["properties"]) == {"image", *query}
    assert form["required"] == ["image"]


def test_enrolment(document: dict[str, Any]) -> None:
    """An enrolment is described with its fields and how many images it takes."""
    path = document["paths"]["/v1/collections/{collection}/identities"]["post"]
    form = path["requestBody"]["content"]["multipart/form-data"]["schema"]

    assert set(form["required"]) == {"images", "external_id", "consent"}
    assert (form["properties"]["images"]["minItems"], form["properties"]["images"]["maxItems"]) == (
        1,
        20,
    )


def test_problems(document: dict[str, Any]) -> None:
    """Every status of the error table is described once, with the codes it may have."""
    described = document["components"]["responses"]
    statuses = {str(row["status"]) for row in document["x-problems"]}
    told = [
        status.removeprefix("Problem")
        for path in document["paths"].values()
        for operation in path.values()
        for status in operation["responses"]
    ]

    assert {name.removeprefix("Problem") for name in described} == statuses
    assert "default" not in told
    # Nothing is described without a method, and everything else is told by some operation.
    assert statuses - set(told) == {"405"}


def test_links(document: dict[str, Any]) -> None:
    """A link leads to an operation there is, and names every place of its path."""
    operations = {
        it["operationId"]: path for path, each in document["paths"].items() for it in each.values()
    }
    links = [
        link
        for path in document["paths"].values()
        for operation in path.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    places = {name: set(re.findall("{(.*?)}", path)) for name, path in operations.items()}

    assert LINKS.keys() <= operations.keys()
    assert len(links) == sum(len(each) for each in LINKS.values())
    assert not [
        link for link in links if places[link["operationId"]] - set(link.get("parameters", ()))
    ]


def test_references(document: dict[str, Any]) -> None:
    """Whatever the document refers to is in it."""
    referred = set(re.findall(r"#/components/(\w+)/([\w-]+)", str(document)))

    assert not [name for kind, name in referred if name not in document["components"][kind]]


def test_problem_codes(document: dict[str, Any]) -> None:
    """The codes a client can switch on are listed."""
    listed = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]

    assert "validation_error" in listed
    assert {row["code"] for row in document["x-problems"]} == set(listed)
    assert len(document["x-problems"]) == len(listed)


async def test_document_is_made_once(service: Service, document: dict[str, Any]) -> None:
    """Asked again, the service gives the same document."""
    again = await service.client.get("/openapi.json")

    assert again.json() == document


async def test_page_for_people(service: Service) -> None:
    """The page works without a network: it loads the document and nothing from elsewhere."""
    answer = await service.client.get("/docs")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "fetch('openapi.json')" in answer.text
    assert re.findall(r"https?://|//[a-z]+\.", answer.text) == []


@pytest.mark.parametrize("name", ["AccountChanges", "CollectionChanges", "IdentityChanges"])
def test_changes_have_no_defaults(document: dict[str, Any], name: str) -> None:
    """What a PATCH leaves out stays, so no default is told that a client could fill in."""
    schema = document["components"]["schemas"][name]

    assert [each for each in schema["properties"].values() if "default" in each] == []
    assert "required" not in schema
