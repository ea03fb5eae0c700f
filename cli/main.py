"""The `facegraph` command."""

import typer

from cli import configuration, environment, keys, migrate, models, policy, up, users
from cli.calibrate.command import calibrate
from cli.capacity.command import capacity
from cli.doctor.command import doctor
from cli.top.command import top

app = typer.Typer(
    name="facegraph",
    help="Face identity service: enrol with consent, recognise, verify, erase.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.command("up")(up.up)
app.command("migrate")(migrate.migrate_command)
app.command("top")(top)
app.command("doctor")(doctor)
app.command("calibrate")(calibrate)
app.command("capacity")(capacity)
app.command("environment")(environment.environment)
app.command("check-config")(configuration.check_config)
app.add_typer(users.app, name="users")
app.add_typer(keys.app, name="keys")
app.add_typer(models.app, name="models")
app.add_typer(policy.app, name="policy")


@app.command()
def demo() -> None:
    """Enrol, identify, verify and erase people of a group photo; exit 1 if an answer is wrong."""
    # It draws and crops: no other verb loads, or keeps in memory, what that takes.
    from cli.demo import demo as tell

    tell()
