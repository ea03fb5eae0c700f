"""What a log tells of an exception: its types, and the lines of code it passed.

A message or a variable may hold what a person sent, and a path tells of the machine: neither is
written. Module and line are enough to find the place.
"""

import re
import traceback
from collections.abc import Iterator

_TYPE = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception))\b", re.MULTILINE)
_LINE = re.compile(r'^ *File "(?:[^"\n]*/)?([^"/\n]+)\.py", line (\d+)', re.MULTILINE)


def types_of(error: BaseException) -> list[str]:
    """Return the names of its type and of its causes' types."""
    return [type(each).__name__ for each in _causes(error)]


def lines_of(error: BaseException) -> list[str]:
    """Return each line it passed, as `module:number`, from the outside in."""
    return [
        f"{frame.f_globals['__name__']}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]


def types_in(text: str) -> list[str]:
    """Return the types that a traceback in text names."""
    return _TYPE.findall(text)


def lines_in(text: str) -> list[str]:
    """Return each line that a traceback in text names, by the name of its file."""
    return [f"{module}:{line}" for module, line in _LINE.findall(text)]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
