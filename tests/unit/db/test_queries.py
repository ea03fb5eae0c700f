"""Named queries: each has a name of its own and a line of purpose."""

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
    """The first line under the name is a sentence."""
    assert queries(topic)[name].startswith("-- ")
