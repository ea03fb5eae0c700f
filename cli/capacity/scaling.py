"""How photos a second follow from cores: what one costs a core, and what busy neighbours add.

Replicas are processes that share no lock, so nothing in them has to wait for another; what they
share is memory, its caches and the clock of the chip. A photo takes a busy core

    (photo + batch / b + megapixel · m) · (1 + contention · (N - 1))

milliseconds, in batches of b, of m megapixels, with N cores busy: the first factor is work, the
second the linear term of the Universal Scalability Law (N. Gunther). Its square term, what they
would have to agree on, is left out: they agree on nothing, and few cores could not tell it.
"""

from pydantic import BaseModel, ConfigDict


class Scaling(BaseModel):
    """The four numbers, fitted by `make bench`, and on how many cores: milliseconds, but a share.

    `contention` is the share that each further busy core adds to the time of all. `unseen` is how
    far off the model was where it was checked: contention that small may be there and not be seen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    photo_ms: float
    batch_ms: float
    megapixel_ms: float
    contention: float
    cores: int
    unseen: float = 0.0

    def milliseconds(self, *, batch: int, megapixels: float) -> float:
        """Return what a photo takes a core while the others are idle."""
        return self.photo_ms + self.batch_ms / batch + self.megapixel_ms * megapixels

    def slowdown(self, busy: float) -> float:
        """Return how many times as long everything takes with so many cores busy.

        Beyond the cores it was measured on it stays as it was there: they had no more neighbours
        to share with. What that leaves out is told by `worst_slowdown`.
        """
        return _slowed(min(busy, self.cores), self.contention)

    def worst_slowdown(self, busy: float) -> float:
        """Return the same if every further core slowed all others, by as much as may be unseen."""
        return _slowed(busy, max(self.contention, self.unseen))

    def photos_a_second(self, busy: float, *, batch: int, megapixels: float) -> float:
        """Return what so many busy cores do together."""
        alone = self.milliseconds(batch=batch, megapixels=megapixels)
        return 1000 * busy / (alone * self.slowdown(busy))

    def fewest_photos_a_second(self, busy: float, *, batch: int, megapixels: float) -> float:
        """Return the same with contention that never stops to grow."""
        alone = self.milliseconds(batch=batch, megapixels=megapixels)
        return 1000 * busy / (alone * self.worst_slowdown(busy))


def _slowed(busy: float, contention: float) -> float:
    """Return the linear law; with a core less than one busy there is nobody to slow down."""
    return 1 + contention * max(0.0, busy - 1)
