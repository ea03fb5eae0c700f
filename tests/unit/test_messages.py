"""Two releases that call each other during a rollout mean the same class by the same name."""

import pickle
from importlib import import_module
from pkgutil import iter_modules

import pytest

from deployments import messages


def classes() -> list[type]:
    """Return every class that a module of the package holds."""
    modules = [
        import_module(f"{messages.__name__}.{each.name}")
        for each in iter_modules(messages.__path__)
    ]
    held = {
        value for module in modules for value in vars(module).values() if isinstance(value, type)
    }
    return sorted(
        (each for each in held if each.__module__.startswith(messages.__name__)), key=repr
    )


@pytest.mark.parametrize("message", classes())
def test_pickle_writes_the_package_and_no_module(message: type) -> None:
    """A message goes by the package's name and its own, and by these pickle finds it."""
    told = pickle.dumps(message, protocol=0).decode()
    assert told.splitlines()[:2] == [f"c{messages.__name__}", message.__name__]
