"""Failures in a row: of log-ins by name, of verifications by identity; passwords to be changed."""

from db.migrations.script import run_beside

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_beside(__file__)
