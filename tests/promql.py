"""Reads PromQL as far as names go: which metrics an expression asks for, and by which labels.

Whether it is well formed is for promtool to say, in `make alerts`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*")|(?P<window>\[[^\]]*\])|(?P<name>[A-Za-z_:][\w:]*)"""
    r"""|(?P<number>\d[\w.]*)|(?P<sign>=~|!~|!=|[^\s\w"])"""
)
_GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_WORDS = {"and", "or", "unless", "offset", "bool"}
_AGGREGATORS = {"sum", "min", "max", "avg", "count", "topk", "bottomk", "quantile", "group"}


class Matcher(NamedTuple):
    """One condition on a label."""

    label: str
    sign: str
    value: str

    def values(self) -> list[str]:
        """Return the values that it names: those of a choice, where it is one."""
        return self.value.split("|") if "~" in self.sign else [self.value]


class Selector(NamedTuple):
    """A metric, and the conditions on its labels."""

    metric: str
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True)
class Expression:
    """What is named in an expression."""

    selectors: tuple[Selector, ...]
    grouping: frozenset[str]


def read(expression: str) -> Expression:
    """Return the names in an expression."""
    tokens = [match.group() for match in _TOKEN.finditer(expression)]
    selectors: list[Selector] = []
    grouping: set[str] = set()
    position = 0
    while position < len(tokens):
        token, rest = tokens[position], tokens[position + 1 :]
        follows = rest[0] if rest else ""
        if token in _GROUPING:
            grouping.update(_names(_until(rest, ")")))
            position += len(_until(rest, ")"))
        elif _is_metric(token, follows):
            selectors.append(Selector(token, tuple(_matchers(rest)) if follows == "{" else ()))
            position += len(_until(rest, "}")) if follows == "{" else 0
        position += 1
    return Expression(tuple(selectors), frozenset(grouping))


def _is_metric(token: str, follows: str) -> bool:
    named = re.fullmatch(r"[A-Za-z_:][\w:]*", token) is not None
    return named and follows != "(" and token not in _WORDS | _AGGREGATORS


def _until(tokens: list[str], end: str) -> list[str]:
    return tokens[: tokens.index(end) + 1]


def _names(tokens: list[str]) -> list[str]:
    return [token for token in tokens if token not in {"(", ")", ","}]


def _matchers(tokens: list[str]) -> Iterator[Matcher]:
    inside = [token for token in _until(tokens, "}") if token not in {"{", "}", ","}]
    for label, sign, value in zip(inside[::3], inside[1::3], inside[2::3], strict=True):
        yield Matcher(label, sign, value.strip('"'))
