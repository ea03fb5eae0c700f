"""Settings, the graph's configuration, secrets, and who can reach the service."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from cli.bootstrap import ADMIN, ADMIN_PASSWORD_FILE
from cli.database import sentence
from cli.doctor.case import Case
from cli.doctor.findings import Finding, bad, doubtful, good
from config.settings import SECRET_CHARACTERS, Settings
from deployments.configuration import ConfigurationRefused, read

REMEDIES = {  # By the file; a password is made only while there is no account.
    ADMIN_PASSWORD_FILE: f"Run `facegraph users password {ADMIN}`, and remove the file.",
    "jwt_secret": "Remove it: the next start makes another.",
}
ELSEWHERE = frozenset(  # Variables of ours that are no settings of a service.
    f"FACEGRAPH_{name}" for name in ("HAPROXY", "METRICS_HOST", "NEW_PASSWORD", "SERVICE", "SHARED")
)
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def settings(case: Case) -> Iterator[Finding]:
    """Check every variable and every file of secrets, as the service would read them."""
    try:
        Settings()
    except (ValidationError, SettingsError) as error:
        yield bad("settings", sentence(error), "Mend the variable; see config/settings.py.")
    else:
        yield good("settings", "every variable is good")
    known = {f"FACEGRAPH_{name.upper()}" for name in Settings.model_fields} | ELSEWHERE
    unknown = sorted(each for each in case.variables if _ours(each) and each not in known)
    if unknown:
        yield doubtful("variables", f"nobody reads {', '.join(unknown)}", "Mend or unset them.")


def graph(case: Case) -> Iterator[Finding]:
    """Check the file that people tune."""
    path = case.settings.serve_config
    try:
        read(path)
    except ConfigurationRefused as error:
        yield bad("serve_config.yaml", str(error), "Mend the keys; `facegraph check-config` tells.")
    else:
        yield good("serve_config.yaml", f"{path}: every key is known")


def exposure(case: Case) -> Iterator[Finding]:
    """Check whether others can reach plain HTTP, and whom the service then believes."""
    host, edge = case.settings.host, case.settings.edge_secret is not None
    if host in LOOPBACK or edge:
        yield good("exposure", f"{host}{', behind an edge that is known' if edge else ''}")
    else:
        mend = "Put an edge in front that ends TLS, set FACEGRAPH_EDGE_SECRET, and close the port."
        yield doubtful("exposure", f"{host} without FACEGRAPH_EDGE_SECRET", mend)
    if host not in LOOPBACK and case.settings.metrics and case.settings.metrics_token is None:
        mend = "Set FACEGRAPH_METRICS_TOKEN, or let the edge pass /v1 alone."
        yield doubtful("metrics", f"/metrics answers whoever reaches {host}", mend)


def generated_secrets(case: Case) -> Iterator[Finding]:
    """Check that files of secrets which nobody chose are whole, and their owner's alone."""
    there = [path for name in REMEDIES if (path := case.data_dir / name).exists()]
    wrong = [finding for path in there if (finding := _wrong(path)) is not None]
    if wrong:
        yield from wrong
    elif there:
        yield good("generated secrets", f"{', '.join(each.name for each in there)}: 0600, whole")
    else:
        yield good("generated secrets", "none yet: made at the first start where none are given")


def secret_files(case: Case) -> Iterator[Finding]:
    """Check FACEGRAPH_SECRETS_DIR: its files may be open to all if it is closed itself."""
    folder = case.settings.secrets_dir
    if folder is None:
        return
    files = [(each.name, each.stat().st_mode) for each in folder.iterdir()]
    open_to_all = sorted(name for name, mode in files if mode & stat.S_IROTH)
    passable = all(each.stat().st_mode & stat.S_IXOTH for each in _above(folder))
    if open_to_all and passable:
        told = f"{', '.join(open_to_all)} in {folder} can be read by every user"
        yield doubtful("secret files", told, f"chmod 700 {folder}, or chmod 600 the files.")
    else:
        yield good("secret files", f"{folder}: closed to others")


def _ours(variable: str) -> bool:
    return variable.startswith("FACEGRAPH_")


def _above(folder: Path) -> list[Path]:
    """Return all that somebody passes on the way to a file in the folder."""
    return [folder.resolve(), *folder.resolve().parents]


def _wrong(path: Path) -> Finding | None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return bad("generated secrets", f"{path} is {mode:04o}", f"chmod 600 {path}")
    if path.stat().st_uid != os.geteuid():
        return bad("generated secrets", f"{path} belongs to somebody else", "Give it to this user.")
    if len(path.read_text().strip()) < SECRET_CHARACTERS:
        told = f"{path} is shorter than a secret may be"
        return bad("generated secrets", told, REMEDIES[path.name])
    return None
