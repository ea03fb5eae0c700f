"""Passwords: bcrypt through passlib's API, at log-in only and never on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from passlib.hash import bcrypt

from deployments.errors import Overloaded, ValidationFailed

MAX_BYTES = 72  # bcrypt reads no further, so a longer password would promise what it does not keep.
THREADS = 2
MAX_WAITING = 32

Given = ParamSpec("Given")
Result = TypeVar("Result")


def hash_password(plain: str, rounds: int) -> str:
    """Return the bcrypt hash of `plain` with a work factor of 2 ** `rounds`.

    Raises ValidationFailed for half characters, which UTF-8 cannot say, and for what bcrypt
    cannot tell apart: over 72 bytes, or a NUL within.
    """
    try:
        secret = plain.encode()
    except UnicodeEncodeError as error:
        raise _unfit("half_character", "A password holds whole characters only.") from error
    if len(secret) > MAX_BYTES:
        raise _unfit("too_long", f"A password has at most {MAX_BYTES} bytes in UTF-8.")
    if "\0" in plain:
        raise _unfit("nul", "A password holds no NUL character.")
    hashed: str = bcrypt.using(rounds=rounds).hash(secret)
    return hashed


def verify_password(plain: str, hashed: str) -> bool:
    """Tell whether `plain` is the password behind `hashed`, in the same time for any answer."""
    # Half characters get bytes that no password that was ever hashed can have.
    secret = plain.encode(errors="surrogatepass")
    fit = len(secret) <= MAX_BYTES and b"\0" not in secret
    same: bool = bcrypt.verify(secret if fit else b"", hashed)
    return same and fit


def _unfit(code: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, (("password", code, detail),))


class Passwords:
    """Two threads that hash, and a short queue before them.

    Lives as long as the application. bcrypt lets other threads run, so the event loop stays free;
    two threads are enough to log in and too few to starve the requests beside.
    """

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._waiting = 0
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        # A well-formed hash of no known password: a stranger costs the time of an acquaintance.
        self._nobody = f"$2b${rounds:02d}${'.' * 53}"

    async def hash(self, plain: str) -> str:
        """Hash a new password; raises ValidationFailed and Overloaded."""
        return await self._run(hash_password, plain, self._rounds)

    async def verify(self, plain: str, hashed: str | None) -> bool:
        """Check a password; None for an unknown user costs the same time. Raises Overloaded."""
        same = await self._run(verify_password, plain, hashed or self._nobody)
        return same and hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Tell whether a hash has another work factor than new ones get."""
        return bool(bcrypt.using(rounds=self._rounds).needs_update(hashed))

    async def _run(
        self, work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        if self._waiting >= MAX_WAITING:
            raise Overloaded("Too many log-ins at once.", 1.0)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, partial(work, *given, **named))
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the threads; what still waits is given up."""
        self._threads.shutdown(cancel_futures=True)
