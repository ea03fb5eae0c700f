"""docs/operations.md tells of every death that `make chaos` tries, and of no other."""

import re
from collections import Counter

from tests.chaos.deaths import Row
from tests.chaos.page import PAGE, is_tried, renewed, told, tried


def test_every_death_has_a_row() -> None:
    """Whoever adds a death runs `make chaos`, and whoever renames one does so too."""
    rows, deaths = told(PAGE.read_text("utf-8")), set(tried())

    assert deaths
    assert [each for each in deaths if not any(re.fullmatch(each, row) for row in rows)] == []
    assert [row for row in rows if not is_tried(row)] == []


def test_what_was_not_run_keeps_its_row() -> None:
    """A run of some deaths writes theirs anew, and drops nothing but what no test tries."""
    page = PAGE.read_text("utf-8")
    what, *others = before = told(page)
    row = Row(what, Counter(good=12_345), 0.1, None, 0.2, "nothing has to")
    stale = page.replace(before[others[0]], before[others[0]] + "| a poet | x | x | x | x | x |\n")
    after = told(renewed(stale, [row]))

    assert list(after) == list(before)
    assert "12345 of 12345 good" in after[what]
    assert {each: after[each] for each in others} == {each: before[each] for each in others}
