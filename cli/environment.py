"""`facegraph environment`: the variables `make run` sets, for a `serve run` of one's own."""

import shlex

from config.serve_environment import serve_environment
from config.settings import settings


def environment() -> None:
    """Print the flags Ray Serve is started with, for `eval "$(facegraph environment)"`."""
    data_dir = settings().data_dir.resolve()
    flags = serve_environment() | {"FACEGRAPH_DATA_DIR": str(data_dir)}
    for name, value in flags.items():
        print(f"export {name}={shlex.quote(value)}")
