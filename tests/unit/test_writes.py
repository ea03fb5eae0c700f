"""A service that lost something of what it acknowledged does not pass for one that kept it."""

import httpx
import pytest

from tests.writes import RECEIPT, Writes

WRITES = Writes({"kept": None}, {"gone"})
WHOLE = {
    "/g": '{"counts":{"identities":1,"faces":1}}',
    "/g/identities": '{"items":[{"id":"kept","faces":[{}]}],"next_cursor":null}',
    "/g/identities/kept/verify": '{"decision":"match"}',
    "/g/identities/kept": f'{{"receipt_id":"1",{RECEIPT}}}',
    "/g/identify": '{"faces":[{"decision":"no_match","matches":[]}]}',
}


def ask(answers: dict[str, str]) -> None:
    """Look for what was acknowledged in a service that gives these answers."""
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, text=answers[request.url.path])
    )
    with httpx.Client(base_url="http://service", transport=transport) as client:
        WRITES.assert_kept(client, "/g", b"a photo")


def test_what_is_kept() -> None:
    """Everybody acknowledged is there and known, and nobody else is."""
    ask(WHOLE)


@pytest.mark.parametrize(
    ("path", "kept", "lost"),
    [
        ("/g/identities", "kept", "somebody else"),
        ("/g/identities", '{"id":"kept"', '{"id":"gone","faces":[{}]},{"id":"kept"'),
        ("/g/identities", "[{}]", "[]"),
        ("/g", '"faces":1', '"faces":0'),
        ("/g/identities/kept/verify", "match", "no_match"),
        ("/g/identities/kept", '"faces":1', '"faces":0'),
        ("/g/identities/kept", "true", "false"),
        ("/g/identify", "[]", '[{"identity_id":"gone"}]'),
    ],
    ids=["person", "erasure", "face", "count", "likeness", "template", "absence", "search"],
)
def test_what_is_lost(path: str, kept: str, lost: str) -> None:
    """A person, a face, a template or an erasure that is missing is noticed."""
    with pytest.raises(AssertionError):
        ask(WHOLE | {path: WHOLE[path].replace(kept, lost)})
