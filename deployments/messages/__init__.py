"""What crosses a handle: frozen values, shared vocabulary of every layer, no behaviour to speak of.

Times are aware datetimes in UTC. A budget is what is left of the caller's deadline, in seconds:
a duration survives the hop to another machine, an instant of a monotonic clock does not.

Import a name from the module that holds it. Handles know each class by the package alone, as
`deployments.messages.Photo`: pickle writes down where a class is from, and while a rollout replaces
replicas two releases call each other. So a class may move within the package, and a replica of the
release before still finds it.
"""

from types import ModuleType

from deployments.messages import (
    accounts,
    embedder,
    gallery,
    limits,
    matcher,
    measurements,
    pages,
    sharing,
)


def _name_by_package(module: ModuleType) -> None:
    """Let pickle write down that a module's classes are from this package, and find them here."""
    for name, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            value.__module__ = __name__
            globals()[name] = value


for _module in (accounts, embedder, gallery, limits, matcher, measurements, pages, sharing):
    _name_by_package(_module)
