"""The Matcher node: vectors in, candidates and decisions out; enrols and erases."""

from time import perf_counter
from typing import Any

from ray import serve

from config.logs import configure_logs
from config.settings import settings
from db.dsn import database_url
from db.gallery import Gallery
from db.pool import open_pool, ping
from deployments.arguments import MatcherTuning
from deployments.messages import Search, SearchResult


@serve.deployment(name="Matcher")
class Matcher(Gallery):
    """The gallery, answering over a handle: every public method of `Gallery` is one of this node.

    Owns its connection pool; a changed `user_config` opens a new one before the old one closes.
    """

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        ...
