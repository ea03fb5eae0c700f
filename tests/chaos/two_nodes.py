"""A cluster of two Ray nodes on this machine with the graph on both; a test starts it as a program.

    python -m tests.chaos.two_nodes CONFIGURATION

Says where it serves, a line, once it does. A line `remove` on its standard input takes the second
node away as a power cut does, `add` brings another, and each is answered with a line; the end of
the input ends it all.
"""

import os
import sys
from pathlib import Path

from config.serve_environment import free_ports, one_machine, serve_environment
from config.session_folder import session_folder

CPUS = 2
OBJECT_STORE_BYTES = 80 * 2**20

# What Ray prints of lost nodes goes to standard error, and only answers to the test.
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

# Ray reads its flags from the environment when it is imported: not a line earlier.
os.environ |= serve_environment() | one_machine(session_folder())

import ray  # noqa: E402  See above.
from ray.cluster_utils import Cluster  # noqa: E402

from cli.cluster import base_url, graph  # noqa: E402
from deployments.configuration import read  # noqa: E402


def main(configuration: Path) -> None:
    """Serve on two nodes until the input ends."""
    schema = read(configuration)
    head = {"num_cpus": CPUS, "include_dashboard": False}
    cluster = Cluster(
        initialize_head=True, head_node_args=head | {"object_store_memory": OBJECT_STORE_BYTES}
    )
    worker = add(cluster)
    ray.init(address=cluster.address, namespace="serve", log_to_driver=False)
    with graph(schema):
        answers.write(f"{base_url(schema)}\n")
        for line in sys.stdin:
            if line.strip() == "remove":
                cluster.remove_node(worker, allow_graceful=False)
            else:
                worker = add(cluster)
            answers.write("done\n")
    ray.shutdown()
    cluster.shutdown()


def add(cluster: Cluster) -> object:
    """Add a node whose HAProxy has ports of its own: the machine is the same."""
    http, statistics, metrics = free_ports(3)
    flags = {
        "RAY_SERVE_WORKER_PROXY_HTTP_PORT": str(http),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(statistics),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(metrics),
    }
    return cluster.add_node(num_cpus=CPUS, object_store_memory=OBJECT_STORE_BYTES, env_vars=flags)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
