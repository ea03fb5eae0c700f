"""What a collection makes of faces that are not live."""

from db.migrations.script import run_beside

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_beside(__file__)
