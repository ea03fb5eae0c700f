"""Images as they arrive: the raw body for speed, or a multipart form; options beside them.

Everything stays in memory. A picture of a person has no business in a temporary file.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from deployments.errors import (
    BodyTooLarge,
    InvalidRequest,
    UnsupportedMediaType,
    ValidationFailed,
)
from deployments.web.failures import validation_failure
from deployments.web.media import IMAGES, MULTIPART, media_type

MAX_FIELDS = 32
MAX_FIELD_BYTES = 32 * 1024
MAX_FILES = 32

Options = TypeVar("Options", bound=BaseModel)
Fields = list[tuple[str, str]]


class Upload(NamedTuple):
    """Encoded images by the name of their field, and every other field."""

    images: dict[str, list[bytes]]
    fields: Fields

    def image(self, name: str) -> bytes:
        """Return the one image of this name."""
        found = self.images.get(name, [])
        if not found:
            raise _missing(name)
        if len(found) > 1:
            raise InvalidRequest(f"The field {name} is there more than once.", name)
        return found[0]

    def several(self, name: str, most: int) -> list[bytes]:
        """Return one to `most` images of this name."""
        found = self.images.get(name, [])
        if not found:
            raise _missing(name)
        if len(found) > most:
            detail = f"At most {most} images can be sent at once."
            raise ValidationFailed(detail, ((name, "too_long", detail),))
        return found

    def options(self, schema: type[Options]) -> Options:
        """Return the other fields as `schema`; raises InvalidRequest and ValidationFailed."""
        return read_options(self.fields, schema)


def read_options(fields: Fields, schema: type[Options]) -> Options:
    """Return text fields as `schema`, which refuses what it does not know."""
    for name, count in Counter(name for name, _ in fields).items():
        if count > 1:
            raise InvalidRequest(f"The field {name[:64]} is there more than once.", name[:64])
    try:
        return schema.model_validate(dict(fields))
    except ValidationError as error:
        raise validation_failure(error.errors(include_url=False)) from error


async def read_photo(request: Request, max_bytes: int) -> Upload:
    """Read the image of a single-image route, as the raw body or as the form field `image`."""
    if media_type(request) not in IMAGES:
        return await read_form(request, {"image"}, max_bytes)
    # Joining a single chunk copies nothing, as long as no empty one is with it.
    body = b"".join([chunk async for chunk in request.stream() if chunk])
    return Upload({"image": [_within(body, max_bytes)]}, _query(request))


async def read_form(request: Request, names: set[str], max_bytes: int) -> Upload:
    """Read a multipart form with images under `names`, each of at most `max_bytes`."""
    if media_type(request) != MULTIPART:
        raise UnsupportedMediaType(f"This route reads {_readable(names)}.")
    form = await _parse(request)
    try:
        return await _sorted_out(form, _query(request), names, max_bytes)
    finally:
        await form.close()


async def _sorted_out(form: FormData, fields: Fields, names: set[str], max_bytes: int) -> Upload:
    images: dict[str, list[bytes]] = {}
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            fields.append((name, value))
        elif name in names:
            images.setdefault(name, []).append(_within(await value.read(), max_bytes))
        else:
            raise InvalidRequest(f"The field {name[:64]} takes no file.", name[:64])
    return Upload(images, fields)


def _query(request: Request) -> Fields:
    return request.query_params.multi_items()


def _readable(names: Iterable[str]) -> str:
    return ", ".join([*IMAGES, MULTIPART]) if set(names) == {"image"} else MULTIPART


def _within(data: bytes, max_bytes: int) -> bytes:
    if len(data) > max_bytes:
        raise BodyTooLarge(f"An image has at most {max_bytes} bytes.")
    return data


def _missing(name: str) -> ValidationFailed:
    detail = f'The file "{name}" is missing.'
    return ValidationFailed(detail, ((name, "missing", detail),))


class _InMemory(MultiPartParser):
    """Starlette's parser, but no file goes to the disk, and no form passes that was cut off.

    A part without its boundary is dropped by the parser, and a photo would be lost in silence.
    """

    # The guard has bounded the whole body, so a bound on each part would add nothing.
    spool_max_size = 2**40
    _complete = False

    def on_end(self) -> None:
        """Note that the closing boundary was there."""
        self._complete = True

    async def parse(self) -> FormData:
        """Return the whole form; raises MultiPartException where its end is missing."""
        # Raised while the parser is still reading, so that it closes what it has opened.
        self.stream = self._to_the_end(self.stream)
        return await super().parse()

    async def _to_the_end(self, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        async for chunk in chunks:
            yield chunk
        if not self._complete:
            raise MultiPartException("The form ends without its closing boundary.")


async def _parse(request: Request) -> FormData:
    parser = _InMemory(
        Headers(raw=request.scope["headers"]),
        _stream(request),
        max_files=MAX_FILES,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_FIELD_BYTES,
    )
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise InvalidRequest(error.message) from error
    except (ValueError, LookupError) as error:  # Of a character set that is none, or cannot be.
        raise InvalidRequest("The form is in no character set that can be read.") from error


async def _stream(request: Request) -> AsyncGenerator[bytes, None]:
    async for chunk in request.stream():
        yield chunk
