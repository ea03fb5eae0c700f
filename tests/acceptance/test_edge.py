"""The service behind the nginx configuration that is shipped, by HTTPS."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from config.serve_environment import free_ports
from tests.acceptance.conftest import EDGE, ROOT, Running, eventually, send
from tests.certificates import Authority

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
AROUND = """
daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/edge.conf;
}}
"""

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed here")


def configured(folder: Path, authority: Authority, port: int, upstream: str) -> Path:
    """Write the shipped configuration with what an operator changes; return nginx's own file."""
    certificate, key = authority.issue("localhost", folder)
    text = (ROOT / "config/edge/nginx.conf").read_text()
    changes = {
        "127.0.0.1:8000": upstream,
        "443 ssl": f"127.0.0.1:{port} ssl",
        "faces.example.org": "localhost",
        'X-Facegraph-Edge "";': f'X-Facegraph-Edge "{EDGE}";',
        "/etc/ssl/facegraph/fullchain.pem": str(certificate),
        "/etc/ssl/facegraph/privkey.pem": str(key),
    }
    for shipped, changed in changes.items():
        assert shipped in text
        text = text.replace(shipped, changed)
    (folder / "edge.conf").write_text(text)
    whole = folder / "nginx.conf"
    whole.write_text(AROUND.format(folder=folder))
    return whole


@contextmanager
def nginx(configuration: Path, url: str) -> Iterator[None]:
    """Run nginx in the foreground until the tests are through."""
    command = [str(NGINX), "-p", str(configuration.parent), "-c", str(configuration)]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: answers(url), seconds=20)
            yield
        finally:
            process.terminate()


def answers(url: str) -> bool:
    """Tell whether somebody speaks TLS there, known or not."""
    try:
        httpx.get(url, timeout=5)
    except httpx.ConnectError as error:
        return "certificate" in str(error)
    return True


@pytest.fixture(scope="module")
def edge(
    service: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Authority]]:
    """Put nginx in front of the shared service; give its address and whom to trust."""
    folder = tmp_path_factory.mktemp("edge")
    authority = Authority(folder)
    (port,) = free_ports(1)
    url = f"https://localhost:{port}"
    with nginx(configured(folder, authority, port, urlsplit(service.url).netloc), url):
        yield url, authority


@pytest.fixture
def client(service: Running, edge: tuple[str, Authority]) -> Iterator[httpx.Client]:
    """Give a client of the edge, logged in as the admin."""
    url, authority = edge
    context = ssl.create_default_context(cafile=str(authority.certificate))
    token = {"Authorization": service.client.headers["Authorization"]}
    with httpx.Client(base_url=url, verify=context, headers=token, timeout=30) as client:
        yield client


def test_photos_pass_the_edge(client: httpx.Client, portrait: bytes) -> None:
    """A photo is analysed through TLS, and the answer tells browsers to come back by TLS alone."""
    answer = send(client, "/v1/faces/detect", portrait)

    assert (answer.status_code, len(answer.json()["faces"])) == (200, 1)
    assert answer.headers["strict-transport-security"] == "max-age=63072000"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_edge_is_believed(service: Running, client: httpx.Client) -> None:
    """Behind it requests are counted by address as well, whatever a caller says of theirs."""
    spoofed = {"X-Forwarded-For": "192.0.2.1", "X-Facegraph-Edge": "a guess"}
    behind = client.get("/v1/users/me", headers=spoofed)
    beside = service.client.get("/v1/users/me", headers=spoofed)

    assert '"address"' in behind.headers["ratelimit-policy"]
    assert '"address"' not in beside.headers["ratelimit-policy"]


def test_long_bodies_end_at_the_edge(client: httpx.Client) -> None:
    """What the service would refuse for its size does not reach it."""
    answer = client.post("/v1/faces/detect", content=bytes(33 * 2**20))

    assert answer.status_code == 413
    assert "x-request-id" not in answer.headers


@pytest.mark.parametrize(
    ("host", "version", "told"),
    [
        ("elsewhere.example.org", ssl.TLSVersion.TLSv1_3, "UNRECOGNIZED_NAME"),
        ("localhost", ssl.TLSVersion.TLSv1_1, "HANDSHAKE_FAILURE|PROTOCOL_VERSION"),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_who_gets_no_connection(
    edge: tuple[str, Authority], host: str, version: ssl.TLSVersion, told: str
) -> None:
    """Another host than ours, and TLS before 1.2, are refused at the handshake."""
    url, authority = edge
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1_1
    context.maximum_version = version
    asked = httpx.Request("GET", url, extensions={"sni_hostname": host})
    with httpx.Client(verify=context) as client, pytest.raises(httpx.ConnectError, match=told):
        client.send(asked)
