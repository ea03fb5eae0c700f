"""How long a photo waits for one of several embedders that serve it one after another."""

from math import sqrt


def mean_wait(service_ms: float, *, servers: int, per_second: float) -> float:
    """Return the mean milliseconds in the queue, for arrivals that know nothing of each other.

    Sakasegawa's approximation for several servers (Annals of the Institute of Statistical
    Mathematics 29, 1977), halved as Pollaczek and Khinchine have it for work that always takes as
    long. It is exact for one server. The servers must be able to keep up.
    """
    busy = per_second * service_ms / 1000 / servers
    if not 0 <= busy < 1:
        raise ValueError("servers that cannot keep up have a queue without end")
    crowding: float = busy ** (sqrt(2 * (servers + 1)) - 1)
    return service_ms * crowding / (servers * (1 - busy)) / 2
