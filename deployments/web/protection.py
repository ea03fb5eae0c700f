"""The headers by which browsers do nothing with an answer but hand it to who asked.

Made once, as bytes. The envelope puts them on what the application answers, the guard on what it
refuses itself.
"""

import base64
import hashlib
import re

Header = tuple[bytes, bytes]

POLICY = b"content-security-policy"

PROTECTION: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (POLICY, b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


def policy_of_page(html: str) -> str:
    """Return the Content-Security-Policy under which this page works, and nothing else does.

    Its inline scripts and styles run by their digests; it may ask the service it came from.
    """
    return (
        f"default-src 'none'; script-src {_digests(html, 'script')}; "
        f"style-src {_digests(html, 'style')}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _digests(html: str, tag: str) -> str:
    texts = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in texts]
    return " ".join(f"'sha256-{digest.decode()}'" for digest in digests)
