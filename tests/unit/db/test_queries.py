"""Named queries: each has a name of its own and a line of purpose."""

import re

import pytest

from db.queries import FOLDER, queries

TOPICS = sorted(path.stem for path in FOLDER.glob("*.sql"))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_query_is_found_under_its_name(topic: str) -> None:
    """No name stands twice in a file, and none is lost in the reading."""
    assert (FOLDER / f"{topic}.sql").read_text().count("-- name: ") == len(queries(topic))


@pytest.mark.parametrize(
    ("topic", "name"), [(topic, name) for topic in TOPICS for name in queries(topic)]
)
def test_every_query_says_what_it_is_for(topic: str, name: str) -> None:
    """Its text begins with a sentence, and its name stands behind the first word of the SQL."""
    lines = queries(topic)[name].splitlines()
    (first, *_) = (line for line in lines if not line.startswith("--"))

    assert lines[0].startswith("-- ")
    assert first.split(" ")[1:4] == ["/*", f"{topic}.{name}", "*/"]


@pytest.mark.parametrize("topic", TOPICS)
def test_only_integers_are_put_into_a_query(topic: str) -> None:
    """What becomes part of a query's text is one of three numbers, and formatted as one.

    Everything else is a parameter, whatever it holds.
    """
    fields = re.findall(r"{([a-z_]\w*)([^}]*)}", (FOLDER / f"{topic}.sql").read_text())

    assert {name for name, _ in fields} <= {"number", "dimension", "faces"}
    assert {form for _, form in fields} <= {":d"}


def test_text_in_the_place_of_a_number_is_refused() -> None:
    """A query is not even made of text that somebody smuggled there."""
    with pytest.raises(ValueError, match="'d'"):
        queries("erasure")["list_vectors"].format(number="1; DROP TABLE users")
