"""What is installed, shipped and promised holds together."""

import importlib
import re
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
    "targets"
]["wheel"]["packages"]


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_ours(name: str) -> None:
    """`config` and `db` are common names: each package is imported from this tree."""
    module = importlib.import_module(name)

    assert module.__file__ is not None
    assert Path(module.__file__).parent == ROOT / name


def wheel(folder: Path) -> str:
    """Build the wheel into a folder and return its path."""
    return next(iter(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])))


def test_wheel_holds_the_queries(tmp_path: Path) -> None:
    """An installation that is no checkout has every SQL file the checkout has."""
    with zipfile.ZipFile(wheel(tmp_path)) as archive:
        held = {name for name in archive.namelist() if name.endswith(".sql")}

    assert held == {str(path.relative_to(ROOT)) for path in (ROOT / "db").rglob("*.sql")}
    assert held


def test_wheel_holds_what_stands_before_haproxy(tmp_path: Path) -> None:
    """It can be executed once installed: Ray starts no other file."""
    with zipfile.ZipFile(wheel(tmp_path)) as archive:
        mode = archive.getinfo("config/closed_haproxy.sh").external_attr >> 16

    assert mode & 0o111 == 0o111


@pytest.mark.parametrize("name", ["runtime", "dev", "build"])
def test_requirements_are_pinned_by_hash_and_name_no_host(name: str) -> None:
    """Every pinned line carries a hash, and no address of a registry is written down."""
    text = (ROOT / f"requirements/{name}.txt").read_text()
    pinned = re.findall(r"^[a-z0-9].*(?:\n    .*)*", text, re.MULTILINE)

    assert pinned
    assert not [entry for entry in pinned if "--hash=sha256:" not in entry]
    assert "://" not in text


def test_one_opencv() -> None:
    """`opencv-python` overwrites `opencv-python-headless`; only the latter is installed."""
    text = (ROOT / "requirements/dev.txt").read_text()

    assert re.findall(r"^opencv[a-z-]*", text, re.MULTILINE) == ["opencv-python-headless"]


def test_readme_verbs_exist() -> None:
    """Every `make` verb the README names is one `make help` lists."""
    verbs = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))

    assert named
    assert named <= verbs
    assert {"setup", "run", "demo", "test", "check", "help"} <= verbs


def test_readme_addresses_exist() -> None:
    """Every file the README sends a newcomer to is there."""
    named = re.findall(
        r"`([a-z_./]+/[a-z_./]*|[a-z_]+\.(?:yaml|py|toml))`", (ROOT / "README.md").read_text()
    )

    assert named
    assert not [name for name in named if not (ROOT / name).exists()]


def test_image_copies_what_exists() -> None:
    """Every path the Dockerfile copies from the checkout is there, and let in by .dockerignore."""
    copies = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    sources = [source for line in copies for source in line.split()]
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"]

    assert sources
    assert not [source for source in sources if not (ROOT / source).exists()]
    assert not [
        source for source in sources if not any(Path(source).match(pattern) for pattern in allowed)
    ]


def test_compose_waits_for_health() -> None:
    """The migration waits for the database's health, the service for both."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

    assert "healthcheck" in services["database"]
    assert services["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["service"]["depends_on"] == {
        "database": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_no_page_waits_for_an_output(page: Path) -> None:
    """A word of capitals alone in a line keeps the place of what was to be filled in."""
    assert re.findall(r"^[A-Z]+$", page.read_text("utf-8"), re.MULTILINE) == []
