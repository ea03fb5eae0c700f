"""The corpus itself: large enough, every file with a name of its own, the same at each run."""

from collections import Counter
from hashlib import sha256

from tests.hostile.corpus import corpus, sample


def digests() -> dict[str, str]:
    """Return the digest of every file by its name."""
    return {name: sha256(data).hexdigest() for name, data in corpus()}


def test_every_file_has_a_name_and_is_the_same_each_time() -> None:
    """A file that was refused wrongly is found again by its name, in any run."""
    first = digests()
    assert len(first) >= 2000
    assert max(Counter(name for name, _ in corpus()).values()) == 1
    assert digests() == first


def test_the_sample_is_of_the_corpus() -> None:
    """What `make test` sends are files of every family, with a bomb among them."""
    names = [name for name, _ in sample()]
    assert len(names) >= 200
    assert set(names) <= set(digests())
    assert "iCCP bomb" in names
