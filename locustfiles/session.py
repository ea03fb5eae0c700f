"""One log-in for all users of a Locust process: a service limits how often an account logs in."""

import os
from time import monotonic

from gevent.lock import BoundedSemaphore
from locust.contrib.fasthttp import FastHttpSession

from locustfiles.outcomes import LOG_IN

USED_SHARE = 0.8  # of a token's life, after which the next one is fetched


class Session:
    """An access token of FACEGRAPH_USER (admin), renewed before it ends."""

    def __init__(self) -> None:
        self._headers: dict[str, str] = {}
        self._until = 0.0
        self._one_at_a_time = BoundedSemaphore()

    def headers(self, client: FastHttpSession) -> dict[str, str]:
        """Return the headers of a caller who is logged in."""
        with self._one_at_a_time:
            if monotonic() >= self._until:
                self._log_in(client)
        return self._headers

    def _log_in(self, client: FastHttpSession) -> None:
        form = {
            "username": os.environ.get("FACEGRAPH_USER", "admin"),
            "password": os.environ["FACEGRAPH_PASSWORD"],
        }
        answer = client.post("/v1/auth/token", data=form, name=LOG_IN).json()
        self._headers = {"Authorization": f"Bearer {answer['access_token']}"}
        self._until = monotonic() + USED_SHARE * answer["expires_in"]


SESSION = Session()
