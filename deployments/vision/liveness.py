"""Whether a face is a living person's or a picture of one, as far as a single photo can tell.

Passive: the person does nothing, and nothing but the photo is looked at. docs/liveness.md says
what such a check stops and what it does not.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deployments.messages.embedder import Box, Liveness
from deployments.vision.bounded import powers_of_two
from deployments.vision.canary import CanaryFailed
from deployments.vision.engines import Session
from deployments.vision.liveness_models import LivenessModel
from deployments.vision.pictures import Picture, Pixels
from deployments.vision.tensors import planes

_TOLERANCE = 1e-3


class LivenessCheck:
    """One liveness network; runs at most `batch` faces at once, which bounds its memory."""

    def __init__(self, model: LivenessModel, session: Session, *, batch: int) -> None:
        self.card = model.card
        self._model = model
        self._session = session
        self._input = session.get_inputs()[0].name
        self._batch = batch

    def warm_up(self) -> None:
        """Run every number of faces a batch is made of; raises CanaryFailed.

        A network that was exported for one face may mix several, or give each the other's answer:
        what it says of a face must not depend on the faces beside it.
        """
        side = self._model.side
        drawn = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), np.uint8)
        pair = [drawn[0], drawn[1] // 2]
        alone = np.concatenate([self._rows([square]) for square in pair])
        for count in powers_of_two(self._batch):
            together = self._rows((pair * count)[:count])
            expected = np.concatenate([alone] * count)[:count]
            if not np.allclose(together, expected, rtol=_TOLERANCE, atol=_TOLERANCE):
                raise CanaryFailed(f"{self.card.name} judges a face by the faces beside it.")

    def cut(self, picture: Picture, box: Box) -> Pixels:
        """Return the (side, side, 3) BGR square around a face that the network is shown.

        Where the photo ends the square is moved, and made smaller if it has to be: a black edge
        would look like that of a screen. Raises UndecodableImage.
        """
        left, top, right, bottom = box
        wanted = self._model.scale * max(right - left, bottom - top)
        length = min(wanted, picture.width, picture.height)
        corner = (
            _within((left + right - length) / 2, picture.width - length),
            _within((top + bottom - length) / 2, picture.height - length),
        )
        factor = self._model.side / length
        # Centres of pixels lie half a pixel off their edges, which the corner is given by.
        shift = (factor - 1) / 2 - factor * np.array(corner)
        return picture.cut(np.column_stack([np.eye(2) * factor, shift]), self._model.side)

    def check(self, squares: Sequence[Pixels]) -> list[Liveness]:
        """Return what each of the squares that `cut` made shows."""
        chunks = [squares[at : at + self._batch] for at in range(0, len(squares), self._batch)]
        scores = [float(score) for chunk in chunks for score in self._scores(chunk)]
        return [Liveness(score, score >= self._model.threshold) for score in scores]

    def _scores(self, squares: Sequence[Pixels]) -> NDArray[np.float64]:
        """Return the probability of each that it is live; what is no number is surely an attack."""
        probabilities = _probabilities(self._rows(squares), self._model.outputs)
        return np.nan_to_num(probabilities[:, self._model.live_output], nan=0.0).clip(0, 1)

    def _rows(self, squares: Sequence[Pixels]) -> NDArray[np.float64]:
        """Return the outputs, a row a face; raises CanaryFailed, which the warm-up sees first."""
        outputs = self._session.run(None, {self._input: self._blob(squares)})[0]
        rows = outputs.astype(np.float64).reshape(len(outputs), -1)
        if rows.shape[0] != len(squares) or rows.shape[1] <= self._model.live_output:
            raise CanaryFailed(
                f"{self.card.name} gives {rows.shape[0]} x {rows.shape[1]} outputs for "
                f"{len(squares)} faces: there is no output {self._model.live_output} for each."
            )
        return rows

    def _blob(self, squares: Sequence[Pixels]) -> NDArray[np.float32]:
        blob = planes(squares, rgb=self._model.channels == "RGB")
        mean, std = (
            np.array(values, np.float32).reshape(3, 1, 1)
            for values in (self._model.mean, self._model.std)
        )
        return (blob - mean) / std


def _within(corner: float, most: float) -> float:
    return min(max(corner, 0.0), most)


def _probabilities(rows: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    """Return rows of probabilities; a single logit is the other one's opposite (sigmoid)."""
    if kind == "probabilities":
        return rows
    against = np.zeros_like(rows) if rows.shape[1] == 1 else rows[:, :0]
    logits = np.concatenate([rows, against], axis=1)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
