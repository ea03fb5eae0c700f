"""Text that means something to a log, a header, a page or a path is text here."""

import io
import json
import re
from collections.abc import Iterator

import pytest
import structlog

from cli.readable import readable
from config.logs import configure_logs
from deployments.web.routes.documentation import PAGE
from tests.unit.web.conftest import SESSION, Service
from tests.unit.web.raw import ask, documented

BREAKS = [
    "a\nb",
    'a\r\n{"event": "request", "status": 200}',
    '", "status": 200, "x": "',
    "\x1b[2J\x1b]0;title\x07",
    "a\u2028b\u2029\x85c\x0b\x0c",
    "\u202egnp.exe",
    "%s%n{event}{0.__class__}",
    "x" * 20_000,
]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Give a place to log to; leave the logs as they were."""
    before = structlog.get_config()
    yield io.StringIO()
    structlog.configure(**before)


def write_lines(stream: io.StringIO) -> None:
    """Have real lines written, and have no logger remember that it was so."""
    configure_logs("INFO", stream)
    structlog.configure(cache_logger_on_first_use=False)


@pytest.mark.parametrize("text", BREAKS)
def test_a_value_stays_in_its_line(log: io.StringIO, text: str) -> None:
    """Whatever a value holds, an event is one line, and nothing in it speaks to a terminal.

    Nor does it where people are shown it, as a value or as the event itself.
    """
    write_lines(log)
    structlog.get_logger().info("request", principal=text, collection=text)
    (line,) = log.getvalue().removesuffix("\n").split("\n")
    event = json.loads(line)
    shown = [readable(event, colors=True), readable(event | {"event": text}, colors=True)]
    colours = re.compile(r"\x1b\[[0-9;]*m")

    assert line.isprintable()
    assert [each for each in shown if not colours.sub("", each).isprintable()] == []


@pytest.mark.parametrize("text", BREAKS)
async def test_one_request_is_one_line(service: Service, log: io.StringIO, text: str) -> None:
    """In every place that reaches the log, hostile text leaves one line of bounded length."""
    write_lines(log)
    account = service.register.add(text[:300], "admin")
    path = "/v1/collections/" + "".join(f"%{byte:02x}" for byte in text.encode())
    raw = text.encode()
    headers = [
        (b"authorization", f"Bearer {service.services.tokens.issue(account, SESSION)}".encode()),
        (b"x-request-id", raw),
        (b"traceparent", raw),
        (b"user-agent", raw),
    ]
    await ask(service.application, "GET", path.encode() + b"?" + raw, headers)
    (line,) = log.getvalue().splitlines()
    event = json.loads(line)

    assert (event["event"], event["status"]) == ("request", 400)
    assert event["principal"] == text[:300]
    assert event["request_id"].isalnum()
    assert event["trace_id"] is None
    assert len(line) < 4_000


async def test_a_log_in_leaves_no_name(service: Service, log: io.StringIO) -> None:
    """What was typed as a user name may be a password, and is not written down."""
    write_lines(log)
    form = {"username": "hunter2\n{}", "password": "hunter3"}
    await service.client.post("/v1/auth/token", data=form)

    assert json.loads(log.getvalue())["code"] == "invalid_credentials"
    assert "hunter" not in log.getvalue()


@pytest.mark.parametrize(
    "value", [b"a\r\nSet-Cookie: x=1", b"a\nb", b"a%0d%0aX: y", b"\x00", b"a\r\n\r\n<html>"]
)
@pytest.mark.parametrize(
    "name", [b"x-request-id", b"x-request-timeout-seconds", b"traceparent", b"authorization"]
)
async def test_no_header_breaks_out(service: Service, name: bytes, value: bytes) -> None:
    """No header of a request adds a line to the head of its answer, refused or not."""
    answer = await ask(service.application, "PUT", b"/v1/users", [(name, value)])

    assert documented(answer)
    assert answer.header(b"allow") == b"GET, POST"
    assert not [each for each in answer.headers if each[0] in {b"set-cookie", b"x"}]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        '=HYPERLINK("http://x")',
        "@SUM(1+1)|cmd",
        "{{7*7}}${7*7}",
        "</title>\u2028",
    ],
)
async def test_markup_comes_back_as_data(service: Service, text: str) -> None:
    """What a browser or a spreadsheet would run comes back as it is, marked as JSON."""
    body = {"id": "c", "name": text, "metadata": {text: text, "__proto__": {"admin": True}}}
    answer = await service.client.post("/v1/collections", headers=service.admin, json=body)

    assert (answer.status_code, answer.json()["name"]) == (201, text)
    assert answer.json()["metadata"] == body["metadata"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["{0.__class__}", "%s%s%n", "${jndi:ldap://x}", "<b>", "\u202e"])
async def test_a_field_is_named_as_it_was_sent(service: Service, name: str) -> None:
    """The name of an unknown field is neither formatted nor run on its way into a problem."""
    body = {"id": "c", "name": "C", name: 1}
    answer = await service.client.post("/v1/collections", headers=service.admin, json=body)

    assert answer.json()["errors"][0]["field"] == name
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["__proto__", "constructor", "__class__"])
async def test_keys_that_mean_something_elsewhere(service: Service, name: str) -> None:
    """They are fields that nobody knows, like any other."""
    body = {"id": "c", "name": "C", name: {"role": "admin"}}
    answer = await service.client.post("/v1/collections", headers=service.admin, json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b"\xff\xfe", b""])
async def test_text_in_other_encodings(service: Service, prefix: bytes) -> None:
    """JSON is UTF-8: with a mark before it, or as UTF-16, it is read as JSON says or refused."""
    text = '{"id": "c", "name": "C"}'
    content = prefix + text.encode("utf-16-le" if prefix == b"\xff\xfe" else "utf-8")
    headers = service.admin | {"content-type": "application/json"}
    answer = await service.client.post("/v1/collections", headers=headers, content=content)

    assert answer.status_code in {201, 400}
    assert answer.status_code == 400 or answer.json()["name"] == "C"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/collections/..",
        "/v1/collections/%2e%2e/users/me",
        "/v1/collections/..%2f..%2fetc%2fpasswd",
        "/v1/collections/default%2f..%2f..%2fusers",
        "/v1/collections/default%5c..",
        "/v1/collections/.default",
        "/v1/collections/default%00",
        "/v1/collections/default%0a",
        "/v1/collections//identities",
        "/v1/../v1/collections/default",
        "//v1/collections/default",
        "/v1/collections/DEFAULT%20",
        "/V1/collections/default",
        "/v1/collections/default/",
        "/v1/collections/d%EF%BD%85fault",
    ],
)
async def test_a_path_is_one_name_after_another(service: Service, path: str) -> None:
    """Nothing in a path climbs out of it, and no second spelling leads to what has a first."""
    who = [(b"authorization", service.admin["authorization"].encode())]
    answer = await ask(service.application, "GET", path.encode(), who)

    assert (answer.status, answer.code) == (404, "not_found")


def test_page_for_people_runs_nothing_of_the_document() -> None:
    """The page makes text nodes of what it shows, and asks nobody for it but the service."""
    risky = (
        "innerHTML|outerHTML|insertAdjacentHTML|document.write|eval|Function|setAttribute|srcdoc"
    )

    assert re.findall(rf"\b(?:{risky})\b|\bon[a-z]+=", PAGE) == []
    assert re.findall(r"fetch\('([^']*)'\)", PAGE) == ["openapi.json"]
