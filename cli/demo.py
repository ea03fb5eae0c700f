"""`facegraph demo`: the main job as a short story over real HTTP, on a service of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import httpx
import typer

from cli import pictures
from cli.bootstrap import ADMIN, admin_password
from cli.story import Story, checked, play
from cli.up import Running, Stopped, console, service, stop_on_signals
from config.settings import settings


def demo() -> None:
    """Tell the story on a service of its own, and end it."""
    home = settings().data_dir / "demo"
    environment = settings().model_copy(
        update={
            "data_dir": home,
            "host": "127.0.0.1",
            "port": 0,
            "database_url": None,
            "admin_password": None,
            "admin_must_change_password": False,
        }
    )
    stop_on_signals()
    try:
        with service(environment) as running, _story(running, admin_password(environment)) as story:
            picture = _keep(play(story), home)
    except (Exception, Stopped) as error:
        console.print(f"{type(error).__name__}: {error}", style="red", markup=False)
        raise typer.Exit(1) from error
    console.print(story.table)
    console.print(f"The changed copy with its decisions: [bold]{picture}[/]")
    if story.wrong:
        console.print(f"[red]Wrong decisions: {story.wrong}[/]")
        raise typer.Exit(1)
    console.print("[green]Every decision is right.[/]")


@contextmanager
def _story(running: Running, password: str) -> Iterator[Story]:
    """Log in, and give the story a collection that ends with it."""
    with httpx.Client(base_url=running.url, timeout=30.0, trust_env=False) as client:
        answer = client.post("/v1/auth/token", data={"username": ADMIN, "password": password})
        client.headers["Authorization"] = f"Bearer {checked(answer)['access_token']}"
        story = Story(client)
        checked(client.post("/v1/collections", json={"id": story.collection, "name": "Demo"}))
        try:
            yield story
        finally:
            client.delete(f"/v1/collections/{story.collection}", params={"force": True})


def _keep(picture: pictures.Picture, home: Path) -> Path:
    path = home.resolve() / "identified.jpg"
    cv2.imwrite(str(path), picture)
    return path
