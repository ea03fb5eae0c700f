"""The first schema: collections, identities, faces, templates, users, refresh tokens."""

from db.migrations.script import run_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_beside(__file__)
