"""One photo decoded as often as it is looked at: on one allowance of time, and not in vain."""

from collections.abc import Callable
from functools import partial
from time import monotonic

from deployments import tracing
from deployments.errors import DeadlineExceeded, FacegraphError, UndecodableImage
from deployments.messages.sharing import Origin
from deployments.vision.decoder import Decoder
from deployments.vision.pictures import Decoded


class Looks:
    """The decodings of one photo, which share what a decoder gives a photo; lives as long as it.

    A photo that was refused once stays so and is not decoded again, and neither is one that
    nobody waits for any more.
    """

    def __init__(
        self,
        decoder: Decoder,
        max_pixels: int,
        is_wanted: Callable[[], bool] = lambda: True,
        origin: Origin | None = None,
    ) -> None:
        self._decoder = decoder
        self._max_pixels = max_pixels
        self._is_wanted = is_wanted
        self._origin = origin
        self._seconds = decoder.seconds
        # How to make the error anew: one that was raised holds on to the pixels around it.
        self._refusal: Callable[[], FacegraphError] | None = None

    def decode(self, data: bytes, side: int | None) -> Decoded:
        """Do what Decoder.decode does in the time that is left, or raise what it raised before.

        Raises UndecodableImage where none is left, and DeadlineExceeded for a photo no longer
        wanted.
        """
        if self._refusal:
            raise self._refusal()
        try:
            return self._decoded(data, side)
        except FacegraphError as error:
            self._refusal = partial(type(error), *error.args)
            raise

    def _decoded(self, data: bytes, side: int | None) -> Decoded:
        # To wait for another photo's turn to end takes nothing of what this one is given.
        with self._decoder.turn, tracing.logged_for(self._origin):
            if not self._is_wanted():
                raise DeadlineExceeded("The deadline passed before the image was decoded.")
            if self._seconds <= 0:
                raise UndecodableImage("The image takes too long to decode.")
            began = monotonic()
            try:
                return self._decoder.decode(
                    data, side, max_pixels=self._max_pixels, seconds=self._seconds
                )
            finally:
                self._seconds -= monotonic() - began
