"""What stands before HAProxy, on the configuration that the installed Ray Serve writes."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from ray.serve._private.haproxy import HAProxyApi, HAProxyConfig
from ray.serve.config import HTTPOptions

from config.serve_environment import CLOSED_HAPROXY, haproxy_available, serve_environment
from deployments.errors import DeadlineExceeded, Unavailable
from deployments.web.problem import TABLE, problem

pytestmark = pytest.mark.skipif(not haproxy_available(), reason="no HAProxy wheel here")


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """Write the configuration that Ray Serve would start HAProxy with."""
    path = tmp_path / "haproxy.cfg"
    settings = HAProxyConfig(
        http_options=HTTPOptions(host="127.0.0.1", port=8000),
        socket_path=str(tmp_path / "admin.sock"),
        server_state_base=str(tmp_path),
        server_state_file=str(tmp_path / "server-state"),
    )
    HAProxyApi(cfg=settings, config_file_path=str(path))._generate_config_file_internal()
    return path


def check(configuration: Path, **chosen: str) -> subprocess.CompletedProcess[str]:
    """Let HAProxy check the configuration, through the script that Ray would start."""
    flags = serve_environment()
    command = [flags["RAY_SERVE_HAPROXY_BINARY_PATH"], "-c", "-f", str(configuration)]
    return subprocess.run(
        command, env=os.environ | flags | chosen, capture_output=True, text=True, check=False
    )


def lines(configuration: Path, word: str) -> list[str]:
    """Return the lines in which a word stands."""
    return [line.strip() for line in configuration.read_text().splitlines() if word in line]


def test_what_ray_leaves_open_is_closed(configuration: Path) -> None:
    """Statistics and metrics listen on loopback, the socket is its owner's, heads have a limit."""
    checked = check(configuration)

    assert checked.returncode == 0, checked.stderr
    assert lines(configuration, "bind ") == [
        "bind 127.0.0.1:9101",
        "bind 127.0.0.1:8000",
        "bind 127.0.0.1:8404",
    ]
    assert all(" mode 600 level admin" in line for line in lines(configuration, "stats socket"))
    assert lines(configuration, "timeout http-request") == ["timeout http-request 10s"]
    assert configuration.stat().st_mode & 0o077 == 0


def test_closing_twice_is_closing_once(configuration: Path) -> None:
    """A configuration that was closed before stays as it is, but for the timeout said again."""
    check(configuration)
    once = set(configuration.read_text().splitlines())
    assert check(configuration).returncode == 0
    assert set(configuration.read_text().splitlines()) == once


def test_metrics_where_the_operator_says(configuration: Path) -> None:
    """On a cluster the metrics can be read from elsewhere; the statistics cannot."""
    assert check(configuration, FACEGRAPH_METRICS_HOST="10.0.0.7").returncode == 0
    assert "bind 10.0.0.7:9101" in lines(configuration, "bind ")
    assert "bind 127.0.0.1:8404" in lines(configuration, "bind ")


@pytest.mark.parametrize("error", [Unavailable, DeadlineExceeded])
def test_haproxy_answers_in_the_form_of_the_contract(
    configuration: Path, error: type[Exception]
) -> None:
    """Where HAProxy has nobody to ask, it says what the service would, with the request's id."""
    row = TABLE[error]
    said = json.loads((CLOSED_HAPROXY.parent / "haproxy" / f"{row.code}.json").read_text())
    assert check(configuration).returncode == 0

    (line,) = lines(configuration, f"http-error status {row.status}")
    assert f'haproxy/{row.code}.json"' in line
    assert ("Retry-After" in line) == (error is Unavailable)
    expected = json.loads(bytes(problem(error("…"), "%[var(txn.request_id)]").body))
    assert said | {"detail": "…"} == expected


@pytest.mark.parametrize(
    ("known", "changed"),
    [
        ("frontend prometheus", "frontend measurements"),
        ("    bind :9101\n", ""),
        ("listen stats", "listen statistics"),
        ("bind *:8404", "bind *:8404\n  bind *:8405"),
        (" mode 666 ", " "),
        ("defaults\n", "defaults\n    log global\ndefaults http\n"),
        ("listen stats", "frontend one_more\n  bind *:1\nlisten stats"),
        ("errorfile 503", "errorfile 500"),
        ("return status 404", "deny status 404"),
    ],
)
def test_what_is_not_known_does_not_start(configuration: Path, known: str, changed: str) -> None:
    """A configuration that Ray has changed is refused with a sentence, and left as it was."""
    text = configuration.read_text()
    assert known in text
    configuration.write_text(text.replace(known, changed, 1))
    refused = check(configuration)

    assert refused.returncode == 1
    assert "HAProxy is not started" in refused.stderr
    assert configuration.read_text() == text.replace(known, changed, 1)
    assert not configuration.with_suffix(".cfg.closed").exists()


def test_it_can_be_started() -> None:
    """Ray takes only a file that may be executed."""
    assert os.access(CLOSED_HAPROXY, os.X_OK)
