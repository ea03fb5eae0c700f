"""The `facegraph` command."""

import typer

from cli import configuration, demo, environment, migrate, models, up, users

app = typer.Typer(
    name="facegraph",
    help="Face identity service: enrol with consent, recognise, verify, erase.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.command("up")(up.up)
app.command("demo")(demo.demo)
app.command("migrate")(migrate.migrate_command)
app.command("environment")(environment.environment)
app.command("check-config")(configuration.check_config)
app.add_typer(users.app, name="users")
app.add_typer(models.app, name="models")
