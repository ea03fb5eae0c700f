"""What every section is put together from: tables, figures, rates in a cell."""

from collections.abc import Iterable, Sequence

from evaluation.calibration.findings import Rate
from evaluation.calibration.markup import Markup, element, together
from evaluation.calibration.wording import between, errors, interval, percent

NOTHING = Markup("")


def section(identifier: str, title: str, *children: str) -> Markup:
    """Return a section that can be pointed to."""
    return element("section", element("h2", title), *children, id=identifier)


def paragraph(*children: str, kind: str | None = None) -> Markup:
    """Return a paragraph."""
    return element("p", *children, class_=kind)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """Return a table whose first column names each row; nothing where there is no row."""
    body = [
        element("tr", _head(first, "row"), *(element("td", each) for each in rest))
        for first, *rest in rows
    ]
    if not body:
        return NOTHING
    top = element("tr", *(_head(head, "col") for head in heads))
    whole = (element("caption", caption), element("thead", top), element("tbody", *body))
    return element("div", element("table", *whole), class_="scroll")


def figure(picture: Markup | None, *caption: str) -> Markup:
    """Return a picture with what it shows and how it is read; nothing where there is none."""
    if picture is None:
        return NOTHING
    return element("figure", picture, element("figcaption", *caption))


def facts(pairs: Iterable[tuple[str, str]]) -> Markup:
    """Return names and what each is."""
    return element(
        "dl", *(together((element("dt", name), element("dd", value))) for name, value in pairs)
    )


def items(*children: str) -> Markup:
    """Return a list; nothing where it is empty."""
    return element("ul", *(element("li", child) for child in children)) if children else NOTHING


def measured(rate: Rate | None, otherwise: str = "insufficient") -> Markup:
    """Return a rate as a cell holds it: the interval by people, the count, and by comparisons."""
    if rate is None:
        return element("em", otherwise)
    if not rate.trials:
        return element("em", "nothing to count")
    alone = between(rate.independent_low, rate.independent_high)
    return together(
        (
            element("strong", percent(rate.value)),
            " ",
            element("span", interval(rate), class_="interval"),
            element("small", errors(rate)),
            element("small", element("span", alone, class_="interval"), " as if independent"),
        )
    )


def brief(rate: Rate | None, otherwise: str = "insufficient") -> Markup:
    """Return a rate as `measured` does, without the interval by comparisons."""
    if rate is None or not rate.trials:
        return measured(rate, otherwise)
    return together(
        (
            element("strong", percent(rate.value)),
            " ",
            element("span", interval(rate), class_="interval"),
            element("small", errors(rate)),
        )
    )


def _head(words: str, scope: str) -> Markup:
    return element("th", words, scope=scope)
