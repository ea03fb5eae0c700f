"""What schemathesis is told beside the document: what images are, and whom it has to spare."""

import io
from typing import Any

import schemathesis
from hypothesis import strategies as st
from PIL import Image
from schemathesis import Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import EnsureResourceAvailability

from cli.pictures import jpeg, stranger_photo

MEDIA_TYPES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/bmp": "BMP"}


def picture(size: tuple[int, int], grey: int, kind: str) -> bytes:
    """Return a small valid image of one shade."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (grey, grey, grey)).save(buffer, kind)
    return buffer.getvalue()


sizes = st.tuples(st.integers(1, 64), st.integers(1, 64))
pictures = st.builds(picture, sizes, st.integers(0, 255), st.sampled_from([*MEDIA_TYPES.values()]))
ruins = st.builds(lambda whole, length: whole[:length], pictures, st.integers(0, 300))
# The one face in them all; without it nobody would ever be enrolled.
portraits = st.just(jpeg(stranger_photo()[:256, 100:356]))
images = portraits | pictures | ruins | st.binary(max_size=200)
# Passwords are counted in bytes, and a schema counts characters.
passwords = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=72)

schemathesis.openapi.format("binary", images)
schemathesis.openapi.format("password", passwords)
for _media_type in MEDIA_TYPES:
    schemathesis.openapi.media_type(_media_type, images)

# What begins like this is left alone: with it gone, the rest of a run would only be told that
# there is nothing, or nobody.
ELSEWHERE = "spared"
LONGEST_URL = 15_000  # Characters: with its headers a request may have 16 KB (docs/operations.md).
SPARED = {
    ("DELETE", "collection"): "default",
    ("PATCH", "username"): "zz-fuzzer",
    ("DELETE", "username"): "zz-fuzzer",
}


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Send what would delete the ground under the run to a name that nobody has."""
    del context, kwargs
    for name, value in (case.path_parameters or {}).items():
        last = case.path.endswith(f"{{{name}}}")
        spared = SPARED.get((case.method.upper(), name))
        if last and spared and str(value).startswith(spared):
            case.path_parameters[name] = ELSEWHERE


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext,
    failure: Failure,
    case: schemathesis.Case[Any],
    response: Response,
) -> bool:
    """Keep every failure but three that are the run's own doing.

    A head too large is answered by HAProxy itself; what was sent elsewhere does not find what it
    was meant for; and a list of one value, or of none, is in a form the same bytes as that value,
    or as nothing.
    """
    del context
    if len(response.request.url or "") > LONGEST_URL:
        return False
    if isinstance(failure, EnsureResourceAvailability):
        return ELSEWHERE not in (case.path_parameters or {}).values()
    return not (isinstance(failure, AcceptedNegativeData) and _hides_a_list(case))


def _hides_a_list(case: schemathesis.Case[Any]) -> bool:
    if case.media_type != "multipart/form-data" or not isinstance(case.body, dict):
        return False
    held = (value for name, value in case.body.items() if name != "images")
    return any(isinstance(value, list) and len(value) <= 1 for value in held)
