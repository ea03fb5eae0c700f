"""Which servers will do."""

import pytest

from db.migrate import UnsuitableDatabase, refuse_unsuitable


@pytest.mark.parametrize(
    ("server", "vector"), [(150000, "0.8.0"), (180004, "0.8.5"), (170002, "0.10"), (190000, "1.0")]
)
def test_new_enough_is_accepted(server: int, vector: str) -> None:
    """PostgreSQL from 15 and pgvector from 0.8, counted and not compared as text."""
    refuse_unsuitable(server, vector)


@pytest.mark.parametrize(
    ("server", "vector", "complaint"),
    [
        (140012, "0.8.5", "PostgreSQL 15"),
        (180004, None, "not installed"),
        (180004, "0.7.4", "ALTER EXTENSION"),
    ],
)
def test_the_complaint_says_what_to_do(server: int, vector: str | None, complaint: str) -> None:
    """An operator reads what is missing, not a stack of calls."""
    with pytest.raises(UnsuitableDatabase, match=complaint):
        refuse_unsuitable(server, vector)
