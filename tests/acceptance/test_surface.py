"""What a running service shows: who listens, who answers strangers, where no secret is."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import httpx
import psutil
import pytest

from config.serve_environment import haproxy_available
from config.session_folder import session_folder
from tests.acceptance.conftest import PASSWORD, ROOT, Running

pytestmark = pytest.mark.skipif(
    not haproxy_available(), reason="who listens is told for machines with HAProxy's wheel"
)

LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
# Ray binds the gRPC server by which one replica calls another to every address, and says nowhere
# how to change that. It asks for the token like all of Ray: see STRANGERS_ARE_ASKED below.
OPEN = {"Ingress", "Embedder", "Matcher", "Limiter", "Telemetry"}

# Of everything that is Ray's and takes commands: a method, by the name of the process.
STRANGERS_ARE_ASKED = {
    "gcs_server": "/ray.rpc.JobInfoGcsService/AddJob",
    "raylet": "/ray.rpc.NodeManagerService/RequestWorkerLease",
    "ray::ServeController": "/ray.rpc.CoreWorkerService/PushTask",
    "ray::HAProxyManager": "/ray.rpc.CoreWorkerService/PushTask",
    "ray::ProxyActor": "/ray.rpc.CoreWorkerService/PushTask",
    "ray::DashboardAgent": "/ray.rpc.ReporterService/GetTraceback",
    "Ingress": "/ray.serve.ASGIService/HandleRequest",
    "Embedder": "/ray.serve.ASGIService/HandleRequest",
    "Matcher": "/ray.serve.ASGIService/HandleRequest",
    "Limiter": "/ray.serve.ASGIService/HandleRequest",
    "Telemetry": "/ray.serve.ASGIService/HandleRequest",
}
# The rest: ours, measurements in text, and an agent that asks for the token over HTTP.
OTHERS = {"haproxy", "python", "facegraph", "ray::RuntimeEnvAgent", "postgres"}

# What Ray's dashboard would show of a service, were there one.
SHOWN = """
import json, ray
from ray.serve.context import _get_global_client
ray.init(address={address!r}, namespace="serve", log_to_driver=False, logging_level="ERROR")
details = _get_global_client().get_serve_details()
print(json.dumps([details, ray._private.state.jobs()], default=str))
"""


class Listener(NamedTuple):
    """Somebody who waits for connections."""

    name: str
    address: str
    port: int


def processes(service: Running) -> list[psutil.Process]:
    """Return every process of the service, its database among them."""
    up = psutil.Process(service.process.pid)
    postmaster = (service.data_dir / "postgres/postmaster.pid").read_text().split()[0]
    return [up, *up.children(recursive=True), psutil.Process(int(postmaster))]


def listeners(service: Running) -> list[Listener]:
    """Return every listening TCP socket."""
    return [
        Listener(name(process), *connection.laddr)
        for process in processes(service)
        for connection in connections(process, "tcp")
        if connection.status == psutil.CONN_LISTEN
    ]


def connections(process: psutil.Process, kind: str) -> list[Any]:
    """Return its sockets; none where it has ended since it was listed."""
    try:
        return list(process.net_connections(kind))
    except psutil.NoSuchProcess:
        return []


def name(process: psutil.Process) -> str:
    """Return a process's name: of a replica its deployment, without versions or what runs now."""
    whole = process.name().rpartition(":facegraph:")[2].partition(".")[0]
    return whole.rstrip("0123456789")


def test_who_listens(service: Running) -> None:
    """Everything listens on loopback, but for one port of each replica that Ray opens to all."""
    heard = listeners(service)
    names = {each.name for each in heard}

    assert {each.name for each in heard if each.address not in LOOPBACK} == OPEN
    assert names >= {"haproxy", "gcs_server", "raylet"}
    assert names <= STRANGERS_ARE_ASKED.keys() | OTHERS


def test_who_is_reached_by_a_socket(service: Running) -> None:
    """The database listens on no port; what can stop HAProxy, or Ray, is its owner's alone."""
    # HAProxy binds its socket under another name, and renames it.
    bound = {
        Path(re.sub(r"\.\d+\.tmp$", "", str(connection.laddr)))
        for process in processes(service)
        for connection in connections(process, "unix")
    }
    sockets = {path for path in bound if path.is_absolute() and path.is_socket()}

    assert "postgres" not in {each.name for each in listeners(service)}
    assert {"admin.sock", "raylet", "plasma_store"} <= {
        path.name for path in sockets if path.is_relative_to(session_folder())
    }
    assert session_folder().stat().st_mode & 0o077 == 0
    assert not [path for path in sockets if path.stat().st_mode & 0o022]


@pytest.mark.parametrize("asked", STRANGERS_ARE_ASKED)
def test_without_the_token_nothing_of_ray_answers(service: Running, asked: str) -> None:
    """Who calls without the token is refused, before anything of the call is unpacked."""
    ports = {each.port for each in listeners(service) if each.name == asked}
    answers = {refusal(port, STRANGERS_ARE_ASKED[asked]) for port in ports}

    assert grpc.StatusCode.UNAUTHENTICATED in answers
    # The other ports of a process speak HTTP, or do not know the method.
    assert answers <= {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.UNAVAILABLE,
    }


def refusal(port: int, method: str) -> grpc.StatusCode:
    """Return with what status a call of a stranger ends; fails where it does not fail."""
    with (
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
        pytest.raises(grpc.RpcError) as refused,
    ):
        channel.unary_unary(method)(b"", timeout=5)
    assert isinstance(refused.value, grpc.Call)
    code: grpc.StatusCode = refused.value.code()
    return code


def test_there_is_no_job_api(service: Running) -> None:
    """Nobody who listens takes a job over HTTP: no dashboard, and no agent of it."""
    answers = [post(each.port) for each in listeners(service)]

    assert any(answers)
    assert not [answer.text for answer in answers if answer and answer.is_success]


def post(port: int) -> httpx.Response | None:
    """Submit a job as Ray's client would; None where nobody speaks HTTP."""
    job = {"entrypoint": "true"}
    try:
        return httpx.post(f"http://127.0.0.1:{port}/api/jobs/", json=job, timeout=5)
    except httpx.TransportError:
        return None


def test_secrets_show_nowhere(service: Running) -> None:
    """After log-ins, right and wrong, no answer, command line, log or page of Ray has a secret."""
    answers = [
        httpx.post(f"{service.url}/v1/auth/token", data={"username": "admin", "password": word})
        for word in (PASSWORD, f"{PASSWORD}-wrong")
    ]
    pair = answers[0].json()
    answers += [
        service.client.get("/v1/users/me"),
        service.client.get("/openapi.json"),
        httpx.get(f"{service.url}/v1/models", headers={"Authorization": f"Bearer {PASSWORD}"}),
        service.client.post("/v1/auth/refresh", json={"refresh_token": pair["access_token"]}),
    ]
    secrets = {
        "password": PASSWORD,
        "key": (service.data_dir / "jwt_secret").read_text().strip(),
        "token of Ray": token_of_ray(service),
        "access token": pair["access_token"],
        "refresh token": pair["refresh_token"],
    }
    seen = {
        "answers": "".join(answer.text for answer in answers[1:]),
        "command lines": "".join(" ".join(each.cmdline()) for each in processes(service)),
        "Ray": shown(service),
        **logs(service),
    }

    assert answers[1].status_code == 401
    assert "opencv_zoo" in seen["Ray"]
    assert [
        (what, where) for what in secrets for where in seen if secrets[what] in seen[where]
    ] == []


def token_of_ray(service: Running) -> str:
    """Return the token of this service, which only its own user can read in the environment."""
    return next(
        filter(None, (each.environ().get("RAY_AUTH_TOKEN") for each in service.processes()))
    )


def logs(service: Running) -> dict[str, str]:
    """Return the text of whatever the service, Ray and HAProxy wrote."""
    commands = [each.cmdline() for each in processes(service)]
    raylet = next(" ".join(each) for each in commands if each[0].endswith("/raylet"))
    haproxy = next(each for each in commands if each[0].endswith("/haproxy"))
    session = Path(re.findall(r"--raylet_socket_name=(\S+)", raylet)[0]).parents[1]
    configuration = Path(haproxy[haproxy.index("-f") + 1])
    folders = [session, configuration.parent, service.data_dir / "postgres/log"]
    files = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    files.add(service.data_dir / "up.log")
    assert len(files) > 20
    return {str(path): path.read_text(errors="replace") for path in files}


def shown(service: Running) -> str:
    """Return what Ray tells of the application and of the job it runs as."""
    (port,) = {each.port for each in listeners(service) if each.name == "gcs_server"}
    environment = next(each.environ() for each in service.processes() if each.name() == "raylet")
    asked = subprocess.run(
        [sys.executable, "-c", SHOWN.format(address=f"127.0.0.1:{port}")],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.dumps(json.loads(asked.stdout.splitlines()[-1]))
