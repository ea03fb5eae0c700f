"""Access that ends at once: generations of accounts, what was revoked lately, service keys."""

from db.migrations.script import run_beside

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_beside(__file__)
