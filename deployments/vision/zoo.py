"""Downloads from insightface's model zoo: resumed where they broke off, trusted by nobody.

What arrives is checked against the catalogue's digests by `installation`, so a server that sends
other bytes, or two halves of two archives, costs a second download and no more.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are here and, where the server tells, those of the whole."""

TIMEOUT_SECONDS: Final = 30.0  # Between two pieces, not for the whole.


class DownloadFailed(Exception):
    """The archive did not arrive whole; the text is why, in half a sentence."""


def fetch(archive: str, partial: Path, progress: Progress) -> None:
    """Bring an archive of the zoo to `partial`; what is there already is not asked for again.

    When it returns the file is as long as the server said. Raises DownloadFailed, and then leaves
    what arrived for the next try.
    """
    # Bytes are counted and resumed as they are stored, so nothing may compress them on the way.
    headers = {"Accept-Encoding": "identity"}
    try:
        with httpx.Client(headers=headers, follow_redirects=True, timeout=TIMEOUT_SECONDS) as zoo:
            _go_on(zoo, _address(archive), partial, progress)
    except httpx.HTTPError as error:
        raise DownloadFailed(_why(error)) from error


def _address(archive: str) -> str:
    # It loads half of insightface, which only a download needs.
    from insightface.utils.storage import model_zoo_download_url

    return str(model_zoo_download_url(archive))


def _go_on(zoo: httpx.Client, url: str, partial: Path, progress: Progress) -> None:
    here = partial.stat().st_size if partial.exists() else 0
    asked = {"Range": f"bytes={here}-"} if here else {}
    with zoo.stream("GET", url, headers=asked) as answer:
        if not here or answer.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            answer.raise_for_status()
            _append(answer, partial, here, progress)
            return
        whole = answer.headers.get("Content-Range") == f"bytes */{here}"
    if not whole:
        # More is here than the server has: it is another archive, so we begin anew.
        partial.unlink()
        _go_on(zoo, url, partial, progress)


def _append(answer: httpx.Response, partial: Path, here: int, progress: Progress) -> None:
    """Write the body behind what is here, or from the start where the server sent all of it."""
    begun = here if answer.status_code == httpx.codes.PARTIAL_CONTENT else 0
    length = answer.headers.get("Content-Length")
    total = begun + int(length) if length else None
    with partial.open("ab" if begun else "wb") as file:
        for piece in answer.iter_bytes():
            file.write(piece)
            progress(begun + answer.num_bytes_downloaded, total)


def _why(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"the zoo answered {error.response.status_code}"
    if isinstance(error, httpx.TimeoutException):
        return f"the zoo was silent for {TIMEOUT_SECONDS:g} s"
    return str(error) or type(error).__name__
