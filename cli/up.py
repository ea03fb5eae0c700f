"""`facegraph up`: the whole service in the foreground, on one machine, until it is told to stop."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from types import FrameType

import psutil
import typer
from rich.console import Console

from cli.bootstrap import ADMIN, bootstrap, where_password_is
from cli.database import database, sentence
from cli.following import following
from cli.leftovers import MARK, end, mark, marked, orphaned
from config.serve_environment import (
    free_ports,
    haproxy_available,
    one_machine,
    serve_environment,
)
from config.session_folder import session_folder
from config.settings import Settings, settings
from deployments.arguments import GraphArguments
from deployments.vision.engines import require_place
from deployments.vision.liveness_models import load
from deployments.vision.preparation import prepare

console = Console(highlight=False, stderr=True)


ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
VITAL = {"raylet", "gcs_server"}
WATCH_SECONDS = 1.0


class VitalPartDied(Exception):
    """Ray or the embedded database is gone, and only a new start brings it back."""


class AlreadyRunning(Exception):
    """Another service lives on this data directory."""


class Stopped(BaseException):
    """SIGTERM or Ctrl-C: unwind whatever has been started."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where a service that is up is reached, and how to log in; `metrics` are Ray's own."""

    url: str
    data_dir: Path
    logs: Path
    metrics: str
    login: str


@contextmanager
def service(environment: Settings) -> Iterator[Running]:
    """Start database, schema, model and graph; end with no process left behind."""
    data_dir = environment.data_dir.resolve()
    environment = environment.model_copy(update={"data_dir": data_dir})
    # Ray reads its flags from the environment when it is imported: not a line earlier.
    flags = serve_environment() | one_machine(session_folder())
    os.environ |= flags | {"FACEGRAPH_DATA_DIR": str(data_dir)}
    from cli.cluster import base_url, cluster, graph, logs_folder, metrics_address, require_gpus
    from deployments.configuration import gpus_asked, read

    schema = read(environment.serve_config)
    schema.http_options.host = environment.host
    schema.http_options.port = environment.port or free_ports(1)[0]
    with ExitStack() as stack:
        stack.enter_context(_owning(data_dir))
        arguments = GraphArguments.model_validate(schema.applications[0].args)
        with _step(f"Model pack {arguments.pack}"):
            prepare(arguments.pack, data_dir, environment.accepted_licences)
            # What this machine cannot give is told now, in one line, and not by a replica.
            require_place(arguments.device, arguments.engine, gpu_granted=gpus_asked(schema) > 0)
        _require_liveness_model(arguments.liveness, environment)
        with _step("Database"):
            url = stack.enter_context(database(environment))
            asyncio.run(bootstrap(url, environment))
        # The mark comes after the database: a server left running is taken over, never ended.
        os.environ |= {MARK: mark(data_dir), "DATABASE_URL": url}
        with _step("Ray" if haproxy_available() else "Ray (its own proxy: no HAProxy wheel here)"):
            stack.enter_context(cluster())
            stop_on_signals()  # Ray has put handlers of its own, which stop nothing cleanly.
            require_gpus(gpus_asked(schema))
        with _step("Graph: ingress, embedder, matcher, limiter, telemetry"):
            stack.enter_context(graph(schema))
        login = f"{ADMIN}, with {where_password_is(environment)}"
        yield Running(base_url(schema), data_dir, logs_folder(), metrics_address(), login)


def _require_liveness_model(name: str | None, environment: Settings) -> None:
    """Say that there is none, or raise PackError where the one that is asked for cannot be had."""
    if name is None:
        console.print("  [dim]- No liveness model: presentation attacks are not looked for[/]")
        return
    with _step(f"Liveness model {name}"):
        load(name, environment.data_dir, environment.accepted_licences)


def up() -> None:
    """Serve in the foreground until Ctrl-C or SIGTERM."""
    stop_on_signals()
    try:
        environment = settings()
        with following(environment.log_format) as log, service(environment) as running:
            _welcome(running)
            if log:
                log.begin(running.logs)
            _watch(running.data_dir)
    except Stopped:
        console.print("Stopped.")
    except Exception as error:
        told = f"{type(error).__name__}: {sentence(error)}"
        console.print(told, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _watch(data_dir: Path) -> None:
    """Return never; raises VitalPartDied when a process that nobody restarts has ended."""
    vital = [each for each in psutil.Process().children() if each.name() in VITAL]
    postmaster = data_dir / "postgres/postmaster.pid"
    if postmaster.exists():
        vital.append(psutil.Process(int(postmaster.read_text().split()[0])))
    names = {each: each.name() for each in vital}
    while True:
        for process, name in names.items():
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                raise VitalPartDied(f"{name} has ended; start the service again")
        sleep(WATCH_SECONDS)


def stop_on_signals() -> None:
    """Turn the signals that end a program into Stopped, once.

    A second one must not interrupt the shutdown.
    """
    for number in ENDING:
        signal.signal(number, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def _welcome(running: Running) -> None:
    console.print(
        f"\n[bold]Facegraph serves at {running.url}[/]\n"
        f"  docs    {running.url}/docs\n"
        f"  log in  {running.login}\n"
        f"  data    {running.data_dir}\n"
        f"  logs    {running.logs}\n"
        f"  metrics {running.url}/metrics\n"
        f"  Ray's   {running.metrics}\n"
        "Ctrl-C ends it.",
        soft_wrap=True,
    )


@contextmanager
def _step(title: str) -> Iterator[None]:
    began = perf_counter()
    with console.status(f"{title} …"):
        yield
    console.print(f"  [green]✓[/] {title} [dim]{perf_counter() - began:.1f} s[/]")


@contextmanager
def _owning(data_dir: Path) -> Iterator[None]:
    """Hold the data directory; end what a killed owner left, and at the end whatever is ours."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "lock").open("w") as lock:
        try:
            # The kernel lets go of it when this process dies, however it dies.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(f"another service runs on {data_dir}") from error
        end(orphaned(data_dir))
        try:
            yield
        finally:
            end(marked(data_dir))
