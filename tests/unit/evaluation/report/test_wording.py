"""Figures are written so that nobody misreads them."""

import pytest

from evaluation.calibration.markup import Markup, element
from evaluation.calibration.wording import cosine, listed, one_in, percent


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0 %"),
        (1e-6, "0.0001 %"),
        (0.00123456, "0.123 %"),
        (0.1, "10 %"),
        (0.5, "50 %"),
        (0.123456, "12.3 %"),
        (1.0, "100 %"),
        (0.9996, "over 99.9 %"),
        (0.99949, "99.9 %"),
    ],
)
def test_percent(share: float, words: str) -> None:
    """Three digits, never a power of ten, and all only where it is all."""
    assert percent(share).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("similarity", "words"),
    [
        (0.41, "0.4100"),
        (0.0, "0.0000"),
        (-0.25, "-0.2500"),
        (0.338301, "0.338301"),
        (1.0, "1.0000"),
    ],
)
def test_cosine(similarity: float, words: str) -> None:
    """Four decimals, and no rounding that would move a threshold."""
    assert cosine(similarity) == words


@pytest.mark.parametrize(
    ("target", "words"), [(1e-2, "1 in 100"), (1e-6, "1 in 1,000,000"), (6.3e-4, "1 in 1,587")]
)
def test_one_in(target: float, words: str) -> None:
    """A target is said as people say it."""
    assert one_in(target).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("words", "sentence"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_listed(words: list[str], sentence: str) -> None:
    """One, two and more are listed as in a sentence."""
    assert listed(words) == sentence


def test_words_are_escaped_and_elements_are_not() -> None:
    """What was not made of elements cannot become one, in text or in an attribute."""
    made = element("p", "a < b", element("br"), class_='"><script>', title=None)

    assert isinstance(made, Markup)
    assert made == '<p class="&quot;&gt;&lt;script&gt;">a &lt; b<br/></p>'
