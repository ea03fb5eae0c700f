"""The parts of the OpenAPI document that FastAPI cannot see: uploads, problems, the token."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from deployments.web.access import RULES
from deployments.web.media import IMAGES, MULTIPART
from deployments.web.problem import MEDIA_TYPE, TABLE

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

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem, told by its `code`",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


RATE_LIMIT = {
    "RateLimit-Policy": {
        "description": 'The limits that count this request: `"image";q=300;w=1` is 300 in any '
        "second (draft-ietf-httpapi-ratelimit-headers-10).",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'What is left of them: `"image";r=299;t=1`, and the seconds until more is.',
        "schema": {"type": "string"},
    },
}


def photo_upload(options: type[BaseModel]) -> dict[str, Any]:
    """Describe a single-image route: raw bytes with the options in the query, or a form."""
    form = _form(options, {"image": BINARY})
    raw = {kind: {"schema": BINARY} for kind in IMAGES}
    return {
        "requestBody": {"required": True, "content": {**raw, MULTIPART: {"schema": form}}},
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": schema}
            for name, schema in _properties(options).items()
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
    return {"requestBody": {"required": True, "content": content}}


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
    properties: dict[str, Any] = schema.get("properties", {})
    return properties


def _tell_limits(operation: dict[str, Any]) -> None:
    for response in operation["responses"].values():
        response["headers"] = {
            name: {"$ref": f"#/components/headers/{name}"} for name in RATE_LIMIT
        }


def describe(application: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, made once."""
    if application.openapi_schema is None:
        document = FastAPI.openapi(application)
        components = document["components"]
        components["schemas"]["Problem"] = PROBLEM
        bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        components["securitySchemes"] = {"bearer": bearer}
        components["headers"] = RATE_LIMIT
        for route, methods in document["paths"].items():
            for method, operation in methods.items():
                if RULES[method.upper(), route].limit not in {"address", "none"}:
                    _tell_limits(operation)
        document["x-problems"] = [row._asdict() for row in sorted(set(TABLE.values()))]
    return application.openapi()
