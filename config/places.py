"""What a log tells of an exception: its types, and the lines of code it passed.

A message or a variable may hold what a person sent, and a path tells of the machine: neither is
written. Module and line are enough to find the place.
"""

import re
import traceback
from collections.abc import Iterator

# Of `package.module.Outer.Error: message` the last name; Ray's have another in brackets.
_TYPE = re.compile(r"(?:[\w<>]+\.)*(\w+(?:\(\w+\))?)(?::|$)")
_LINE = re.compile(r'^ *File "(?:[^"\n]*/)?([^"/\n]+)\.py", line (\d+)', re.MULTILINE)


def types_of(error: BaseException) -> list[str]:
    """Return the names of its type and of its causes' types, those in other processes too."""
    return [
        name
        for each in _causes(error)
        for name in (type(each).__name__, *types_in(_told_by_ray(each)))
    ]


def lines_of(error: BaseException) -> list[str]:
    """Return each line it passed, as `module:number`, from the outside in.

    Those in other processes come last, by the names of their files.
    """
    here = [
        f"{frame.f_globals['__name__']}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return here + [line for each in _causes(error) for line in lines_in(_told_by_ray(each))]


def types_in(text: str) -> list[str]:
    """Return the types that tracebacks in text name, each right below the lines it passed."""
    found, below = [], False
    for line in text.splitlines():
        if below and (named := _TYPE.match(line)):
            found.append(named[1])
        below = bool(_LINE.match(line)) or (below and line.startswith(" "))
    return found


def lines_in(text: str) -> list[str]:
    """Return each line that a traceback in text names, by the name of its file."""
    return [f"{module}:{line}" for module, line in _LINE.findall(text)]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _told_by_ray(error: BaseException) -> str:
    """Return what an error of Ray's tells: the traceback of what went wrong in another process."""
    of_ray = any(each.__module__.partition(".")[0] == "ray" for each in type(error).__mro__)
    return str(error) if of_ray else ""
