"""One look at a service, and what is said where there is nothing to see."""

import httpx
import pytest

from cli.top.scrape import NoPage, client, fetch, parse
from tests.unit.cli.top.pages import LATER

URL = "http://service"


def asking(answer: httpx.Response | Exception) -> httpx.Client:
    """Return a client that gets this answer, or this error."""

    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.Client(transport=httpx.MockTransport(handle))


def test_a_page_is_read() -> None:
    """Every series by the name of its sample, with its labels."""
    page = fetch(asking(httpx.Response(200, text=LATER)), URL)

    assert page.samples["facegraph_queue_depth"] == {frozenset({("deployment", "Embedder")}): 5.0}
    assert page.samples["facegraph_places"] == {frozenset(): 27.0}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (httpx.Response(401), "It answers 401: give the token"),
        (httpx.Response(403), "FACEGRAPH_METRICS_TOKEN"),
        (httpx.Response(404), "It has no /metrics"),
        (httpx.Response(503), "It answers 503"),
        (httpx.Response(302, headers={"location": "http://elsewhere"}), "It answers 302"),
        (httpx.Response(200, text="<html>"), "no page of metrics"),
        (httpx.Response(200, text="up 1\n"), "not those of Facegraph"),
        (httpx.Response(200, text=""), "not those of Facegraph"),
        (httpx.ConnectError("Connection refused"), "cannot be reached: Connection refused"),
        (httpx.ReadTimeout("slow"), "No answer within 5 s"),
        (httpx.UnsupportedProtocol("no scheme"), "cannot be reached: no scheme"),
    ],
)
def test_why_there_is_no_page(answer: httpx.Response | Exception, told: str) -> None:
    """One sentence, and what to do where that is known."""
    with pytest.raises(NoPage, match=told):
        fetch(asking(answer), URL)


@pytest.mark.parametrize("text", ['a{b="c} 1', "a b c d e", "facegraph_a{b} 1"])
def test_garbled_text_is_no_page(text: str) -> None:
    """Whatever the parser makes of it."""
    with pytest.raises(NoPage):
        parse(text, 0.0)


@pytest.mark.parametrize(("token", "sent"), [(None, None), ("t0ken", "Bearer t0ken")])
def test_the_token_is_sent(token: str | None, sent: str | None) -> None:
    """As the service asks for it, where one was given."""
    with client(token) as made:
        assert made.headers.get("authorization") == sent
