"""The same graph as Ray Serve runs it by itself: its Python proxy in front, its flags as they come.

`facegraph up` with `config/serve_environment.py` left out, but for what is no matter of speed: who
may connect, how large a photo may be, the guard before the routes, the form of the log, and that
nobody is told of the run. `serve_config.yaml` is the same.

python -m benchmarks.rivals.ray_defaults
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from cli.up import up
from config import serve_environment

KEPT = frozenset(
    {
        "RAY_SERVE_REPLICA_GRPC_MAX_MESSAGE_LENGTH",
        "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH",
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S",
        "__RAY_WORKER_PROCESS_SETUP_HOOK_ENV_VAR",
        "FORWARDED_ALLOW_IPS",
        "RAY_USAGE_STATS_ENABLED",
        "RAY_AUTH_MODE",
        "SPT_NOENV",
    }
)


@contextmanager
def defaults() -> Iterator[None]:
    """Let whatever starts meanwhile set no other flags, and find no HAProxy."""
    kept = {name: of for name, of in serve_environment.EVERYWHERE.items() if name in KEPT}
    with (
        patch.object(serve_environment, "EVERYWHERE", kept),
        patch.object(serve_environment, "haproxy_available", lambda: False),
    ):
        yield


def main() -> None:
    """Serve until told to stop, as `facegraph up` does."""
    with defaults():
        up()


if __name__ == "__main__":
    main()
