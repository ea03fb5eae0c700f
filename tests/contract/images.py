"""What schemathesis sends where the contract takes an image: photos, ruins of them, and anything."""

import io

import schemathesis
from hypothesis import strategies as st
from PIL import Image

MEDIA_TYPES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/bmp": "BMP"}


def picture(size: tuple[int, int], grey: int, kind: str) -> bytes:
    """Return a small valid image of one shade."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (grey, grey, grey)).save(buffer, kind)
    return buffer.getvalue()


sizes = st.tuples(st.integers(1, 64), st.integers(1, 64))
pictures = st.builds(picture, sizes, st.integers(0, 255), st.sampled_from([*MEDIA_TYPES.values()]))
ruins = st.builds(lambda whole, length: whole[:length], pictures, st.integers(0, 300))
images = pictures | ruins | st.binary(max_size=200)

schemathesis.openapi.format("binary", images)
for _media_type in MEDIA_TYPES:
    schemathesis.openapi.media_type(_media_type, images)
