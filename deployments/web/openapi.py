"""The parts of the OpenAPI document that FastAPI cannot see: uploads, problems, the token."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from deployments.web.access import RULES
from deployments.web.headers import SOURCE_PATTERN
from deployments.web.links import links_of
from deployments.web.media import IMAGES, MULTIPART
from deployments.web.problem import TABLE
from deployments.web.responses import HEADERS, answers, problem_responses

SOURCE = {
    "name": "X-Facegraph-Source",
    "in": "header",
    "required": False,
    "description": "The camera or the site that the photos are of: scores, quality and failures to "
    "acquire are counted by it, and one that goes bad is found.",
    "schema": {"type": "string", "pattern": SOURCE_PATTERN},
}
BINARY = {"type": "string", "format": "binary"}

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details; switch on `code`, show `detail`.",
    "required": ["type", "title", "status", "detail", "code", "request_id", "retryable"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted({row.code for row in TABLE.values()})},
        "request_id": {"type": "string"},
        "retryable": {"type": "boolean"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
            },
        },
        "reasons": {"type": "array", "items": {"type": "string"}},
        "rejected_images": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/RejectedImage"},
        },
        "checks": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}

# Keeps FastAPI from telling of errors in a form of its own; `describe` puts the real ones here.
PROBLEMS: dict[int | str, dict[str, Any]] = {"default": {"description": "A problem"}}


def photo_upload(options: type[BaseModel]) -> dict[str, Any]:
    """Describe a single-image route: raw bytes with the options in the query, or a form."""
    form = _form(options, {"image": BINARY})
    raw = {kind: {"schema": BINARY} for kind in IMAGES}
    return {
        "requestBody": {"required": True, "content": {**raw, MULTIPART: {"schema": form}}},
        "parameters": [
            SOURCE,
            *(
                {"name": name, "in": "query", "required": False, "schema": schema}
                for name, schema in _properties(options).items()
            ),
        ],
    }


def form_upload(
    options: type[BaseModel], *images: str, several: str | None = None, most: int = 1
) -> dict[str, Any]:
    """Describe a multipart route with one file each of `images`, or up to `most` of `several`."""
    files: dict[str, Any] = dict.fromkeys(images, BINARY)
    if several is not None:
        files[several] = {"type": "array", "items": BINARY, "minItems": 1, "maxItems": most}
    content = {MULTIPART: {"schema": _form(options, files)}}
    return {"requestBody": {"required": True, "content": content}, "parameters": [SOURCE]}


def _form(options: type[BaseModel], files: dict[str, Any]) -> dict[str, Any]:
    required = [name for name, field in options.model_fields.items() if field.is_required()]
    return {
        "type": "object",
        "properties": {**files, **_properties(options)},
        "required": [*files, *required],
        "additionalProperties": False,
    }


def _properties(options: type[BaseModel]) -> dict[str, Any]:
    schema = options.model_json_schema(ref_template="#/components/schemas/{model}")
    return {name: _as_sent(each) for name, each in schema.get("properties", {}).items()}


def _as_sent(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field as a form or a query has it, where nothing can be null.

    A part of a form that is JSON is an object there: OpenAPI sends those as JSON by itself.
    """
    if "contentSchema" in schema:
        return dict(schema["contentSchema"])
    *kinds, last = schema.get("anyOf", [{}])
    if not kinds or last != {"type": "null"}:
        return schema
    rest = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    return {**rest, **kinds[0]}


def describe(application: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, made once."""
    if application.openapi_schema is None:
        document = FastAPI.openapi(application)
        components = document["components"]
        components["schemas"]["Problem"] = PROBLEM
        components["headers"] = HEADERS
        components["responses"] = problem_responses()
        bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        components["securitySchemes"] = {"bearer": bearer}
        document["x-problems"] = [row._asdict() for row in sorted(set(TABLE.values()))]
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                _complete(path, method, operation)
    return application.openapi()


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Put in what FastAPI cannot see of one operation."""
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _as_sent(parameter["schema"])
    counted = RULES[method.upper(), path].limit not in {"address", "none"}
    operation["responses"] = answers(path, method, operation, counted=counted)
    if links := links_of(operation["operationId"]):
        success = next(iter(operation["responses"].values()))
        success["links"] = links
