"""By what is decided: policies with their evidence, and the collections that name one."""

from db.migrations.script import run_beside

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_beside(__file__)
