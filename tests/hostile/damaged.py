"""Sound files, damaged: cut short, with bits turned, with parts moved or put into each other."""

import random
from collections.abc import Iterator

from tests.hostile.drawn import sound_files

_CUTS = 14
_FLIPS = 16
_SPLICES = 12
_HEAD = 64  # Bytes in which most of what a decoder steers by lies.


def damaged_files() -> Iterator[tuple[str, bytes]]:
    """Yield some forty damaged files a sound one, the same each time."""
    for number, (name, data) in enumerate(sound_files().items()):
        chance = random.Random(number)  # noqa: S311 - repeatable, not secret
        for cut in range(_CUTS):
            yield f"{name} cut {cut}", _cut(data, cut, chance)
        for flip in range(_FLIPS):
            yield f"{name} flipped {flip}", _flipped(data, chance)
        for splice in range(_SPLICES):
            yield f"{name} spliced {splice}", _spliced(data, chance)


def _cut(data: bytes, cut: int, chance: random.Random) -> bytes:
    """End a file early: at each of its first steps, or anywhere; some then get their end back."""
    at = chance.randrange(1, _HEAD) if cut % 2 else chance.randrange(len(data))
    return data[:at] + (data[-12:] if cut % 3 == 0 else b"")


def _flipped(data: bytes, chance: random.Random) -> bytes:
    """Turn one to thirty bits, half of the time all of them in the head."""
    turned = bytearray(data)
    reach = chance.choice((_HEAD, len(data)))
    for _ in range(chance.choice((1, 3, 30))):
        turned[chance.randrange(min(reach, len(data)))] ^= 1 << chance.randrange(8)
    return bytes(turned)


def _spliced(data: bytes, chance: random.Random) -> bytes:
    """Put a piece of this or another file, or nothing, or junk, in the place of a piece."""
    other = chance.choice(list(sound_files().values()))
    start, end = sorted(chance.choices(range(len(data)), k=2))
    taken = sorted(chance.choices(range(len(other)), k=2))
    piece = chance.choice((b"", other[slice(*taken)], chance.randbytes(chance.randrange(1, 200))))
    return data[:start] + piece + data[min(end, start + chance.choice((4, 40, len(data)))) :]
