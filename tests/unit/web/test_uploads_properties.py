"""The door for images: any bytes in any form, in pieces of any size, and nothing on the disk."""

from itertools import pairwise
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.web.conftest import Service
from tests.unit.web.raw import Answer, ask, documented

DETECT = b"/v1/faces/detect"
ENROL = b"/v1/collections/default/identities"
BOUNDARY = b"b0undary"

kinds = st.sampled_from(
    [
        *(b"multipart/form-data; boundary=" + BOUNDARY, b"multipart/form-data"),
        *(b'multipart/form-data; boundary=""', b"multipart/form-data; boundary=\xff\xfe"),
        *(b"multipart/form-data; charset=utf-16; boundary=" + BOUNDARY, b"image/png", b"image/gif"),
        *(b"multipart/form-data; charset=nonsense; boundary=" + BOUNDARY, b"\xff", b""),
    ]
) | st.binary(max_size=80).map(lambda raw: b"multipart/form-data; boundary=" + raw)
disposition = b"Content-Disposition: form-data"
heads = st.one_of(
    st.sampled_from(
        [
            *(b'; name="image"; filename="a.png"', b'; name="images"; filename="../../etc/passwd"'),
            *(
                b'; name="consent"',
                b'; name="external_id"',
                b'; name="metadata"',
                b'; name=""',
                b"",
            ),
            *(b"; name=image; filename*=UTF-8''%00%ff", b'; name="max_faces"', b'; name="a\r\nb"'),
        ]
    ).map(lambda rest: disposition + rest),
    st.binary(max_size=60),
)
parts = st.builds(
    lambda head, body: b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + body + b"\r\n",
    heads,
    st.binary(max_size=60),
)
endings = st.sampled_from([b"--" + BOUNDARY + b"--\r\n", b"--" + BOUNDARY, b"", b"--"])
forms = st.builds(lambda held, end: b"".join(held) + end, st.lists(parts, max_size=5), endings)
cuts = st.lists(st.integers(0, 400), max_size=6)


@pytest.fixture(scope="module", autouse=True)
def no_disk() -> Any:
    """Let any file that leaves memory fail the test that made it."""

    def rollover(_: object) -> None:
        raise AssertionError("an upload went to the disk")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SpooledTemporaryFile, "rollover", rollover)
        yield


def pieces(body: bytes, places: list[int]) -> list[bytes]:
    """Cut a body at these places."""
    bounds = [0, *sorted(places), len(body)]
    return [body[start:end] for start, end in pairwise(bounds)]


async def upload(shared: Service, path: bytes, kind: bytes, chunks: list[bytes]) -> Answer:
    """Send a body in pieces as an administrator."""
    who = shared.admin["authorization"].encode()
    headers = [(b"authorization", who), (b"content-type", kind)]
    return await ask(shared.application, "POST", path, headers, chunks)


@given(st.sampled_from([DETECT, ENROL]), kinds, forms | st.binary(), cuts)
@example(DETECT, b"multipart/form-data; boundary=" + b"x" * 5000, b"--" + b"x" * 5000, [])
@example(DETECT, b"multipart/form-data; boundary=" + BOUNDARY, b"\r\n" * 2000, [])
async def test_any_upload(
    shared: Service, path: bytes, kind: bytes, body: bytes, places: list[int]
) -> None:
    """Any bytes under any type are taken for an image or refused in the words of the table."""
    assert documented(await upload(shared, path, kind, pieces(body, places)))


@given(forms, cuts)
async def test_pieces_decide_nothing(shared: Service, body: bytes, places: list[int]) -> None:
    """A form means the same in one piece, in some, and byte by byte."""
    kind = b"multipart/form-data; boundary=" + BOUNDARY
    whole = await upload(shared, DETECT, kind, [body])
    cut = await upload(shared, DETECT, kind, pieces(body, places))
    crumbs = await upload(shared, DETECT, kind, [bytes([byte]) for byte in body])

    assert (whole.status, whole.code) == (cut.status, cut.code) == (crumbs.status, crumbs.code)
