"""The signs of every vector beside it: so few bytes that a search can look at all of them."""

from db.migrations.script import run_beside

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_beside(__file__)
