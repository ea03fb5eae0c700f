"""How figures are written for people: the page, the pictures and the terminal say them alike."""

from math import floor, log10

from evaluation.calibration.findings import Rate

_SPACE = "\N{NO-BREAK SPACE}"
_SIGNIFICANT = 3
_ALMOST_ALL = 0.9995  # From here on three digits would say that there is nothing else.


def percent(share: float, digits: int = _SIGNIFICANT) -> str:
    """Return a share, 0 to 1, in percent, to so many significant digits and never as a power."""
    value = 100 * share
    if value == 0:
        return f"0{_SPACE}%"
    if _ALMOST_ALL <= share < 1:
        return f"over 99.9{_SPACE}%"
    decimals = max(0, digits - 1 - floor(log10(abs(value))))
    return f"{_trimmed(f'{value:.{decimals}f}')}{_SPACE}%"


def one_in(share: float) -> str:
    """Return a share as people say it: 1 in 1,000."""
    return f"1{_SPACE}in{_SPACE}{count(round(1 / share))}"


def count(number: int) -> str:
    """Return a number with its thousands apart."""
    return f"{number:,}"


def number(value: float) -> str:
    """Return a level or a ratio as short as it can be said, to four significant digits."""
    return f"{value:.4g}"


def cosine(similarity: float) -> str:
    """Return a similarity to four decimals, and to more where it has them."""
    whole, _, decimals = f"{similarity:.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<4}"


def interval(rate: Rate) -> str:
    """Return where the true rate lies with 95 %, people resampled."""
    return between(rate.low, rate.high)


def between(low: float, high: float) -> str:
    """Return the two ends of an interval."""
    return f"[{percent(low)}, {percent(high)}]"


def errors(rate: Rate) -> str:
    """Return what was counted."""
    return f"{count(rate.errors)} of {count(rate.trials)}"


def listed(words: list[str]) -> str:
    """Return words as a sentence lists them: a, b and c."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _trimmed(decimal: str) -> str:
    return decimal.rstrip("0").rstrip(".") if "." in decimal else decimal
