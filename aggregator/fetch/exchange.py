"""Single requests to a service that the operator named, from threads without an event loop."""

from __future__ import annotations

import asyncio

from aggregator.fetch.client import ClientSettings, FeedClient
from aggregator.fetch.transport import HttpAnswer, HttpRequest


class Exchange:
    """Sends requests through the address guard; each has a connection of its own.

    Reaches what `FeedClient.exchange` does, with `trusted_url`.
    """

    def __init__(self, settings: ClientSettings, trusted_url: str) -> None:
        self._settings = settings
        self._trusted_url = trusted_url

    def __call__(self, request: HttpRequest) -> HttpAnswer:
        """The answer, of whatever status. Raises `FetchError`."""
        return asyncio.run(self._send(request))

    async def _send(self, request: HttpRequest) -> HttpAnswer:
        async with FeedClient(self._settings) as client:
            return await client.exchange(request, trusted_url=self._trusted_url)
