"""The content types that routes read."""

from starlette.requests import Request

MULTIPART = "multipart/form-data"
FORMS = frozenset({"application/x-www-form-urlencoded", MULTIPART})
JSON = frozenset({"application/json"})
IMAGES = ("image/jpeg", "image/png", "image/webp", "image/bmp")


def media_type(request: Request) -> str:
    """Return the content type of a request without its parameters; empty where none is given."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
