"""`facegraph migrate`: make a database ready for the graph."""

import asyncio

import typer

from cli.bootstrap import bootstrap
from cli.database import database, reported
from config.settings import settings


def migrate_command() -> None:
    """Apply missing migrations to DATABASE_URL or the built-in database, and ensure `admin`."""
    with reported(), database(settings()) as url:
        asyncio.run(bootstrap(url, settings()))
    typer.echo("The schema is up to date.")
