"""What decoding in a process of its own costs: the same photos decoded there and here, in turn.

    python -m benchmarks.decoder

Prints milliseconds a photo, on the clock and of the CPU, over both processes; how long the
replacement of a decoder takes; and the memory of the processes. It needs no model.
"""

from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter

import cv2
import numpy as np
import psutil
from rich.console import Console
from rich.table import Table
from skimage.data import astronaut

from benchmarks.measures.clock import cpu_seconds
from deployments.vision.decoder import Decoder
from deployments.vision.images import decode
from deployments.vision.pictures import Decoded

_MAX_PIXELS = 40_000_000
_SIDE = 640  # As the pipeline asks.
_ROUNDS = 9
_REPLACEMENTS = 20
console = Console()

Read = Callable[[bytes], Decoded]


def main() -> None:
    """Measure, and print."""
    decoder = Decoder(max_pixels=_MAX_PIXELS, seconds=60)
    readers: dict[str, Read] = {
        "here": lambda data: decode(data, _SIDE, max_pixels=_MAX_PIXELS),
        "there": lambda data: decoder.decode(data, _SIDE, max_pixels=_MAX_PIXELS),
    }
    table = Table("photo", "here, ms", "there, ms", "here, CPU ms", "there, CPU ms", "CPU, ratio")
    for name, data, times in _photos():
        (here, here_cpu), (there, there_cpu) = _least(readers, data, times)
        figures = here, there, here_cpu, there_cpu
        table.add_row(name, *(f"{each:.2f}" for each in figures), f"{there_cpu / here_cpu:.2f}")
    console.print(table)
    console.print(f"replaced and the first photo read: {_replaced(decoder):.1f} ms, median")
    for process in psutil.Process().children(recursive=True):
        console.print(f"PSS {process.memory_full_info().pss / 1e6:.0f} MB")
    decoder.close()


def _photos() -> Iterator[tuple[str, bytes, int]]:
    """Yield name, file and how often it is read in a round."""
    small = np.ascontiguousarray(astronaut()[..., ::-1])
    large = cv2.resize(small, (3000, 2077))
    yield "512 x 512 JPEG", _encoded(".jpg", small), 100
    yield "3000 x 2077 JPEG", _encoded(".jpg", large), 20
    yield "512 x 512 PNG", _encoded(".png", small), 20
    yield "3000 x 2077 PNG", _encoded(".png", large), 3


def _encoded(kind: str, pixels: cv2.typing.MatLike) -> bytes:
    return cv2.imencode(kind, pixels)[1].tobytes()


def _least(readers: dict[str, Read], data: bytes, times: int) -> list[tuple[float, float]]:
    """Return milliseconds on the clock and of the CPU: the best round, each in turn.

    What else the machine does can only add.
    """
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
    for _ in range(_ROUNDS):
        for name, read in readers.items():
            rounds[name].append(_timed(partial(read, data), times))
    return [
        (min(wall for wall, _ in each), min(cpu for _, cpu in each)) for each in rounds.values()
    ]


def _timed(read: Callable[[], Decoded], times: int) -> tuple[float, float]:
    began, cpu = perf_counter(), cpu_seconds()
    for _ in range(times):
        read()
    return 1000 * (perf_counter() - began) / times, 1000 * (cpu_seconds() - cpu) / times


def _replaced(decoder: Decoder) -> float:
    _, data, _ = next(_photos())
    taken = []
    for _ in range(_REPLACEMENTS):
        began = perf_counter()
        decoder.replace()
        decoder.decode(data, _SIDE, max_pixels=_MAX_PIXELS)
        taken.append(1000 * (perf_counter() - began))
    return float(np.median(taken))


if __name__ == "__main__":
    main()
