"""Where the links and pictures of a publisher may lead: to public addresses only.

A link into the reader's own network could be a request to their router or to a service of the
operator. Feeds that the operator configured in such a network may lead there.
"""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.networks import is_private_url
from aggregator.urls import published_url, resolve_url


@dataclass(frozen=True, slots=True)
class LinkResolver:
    """Resolves the URLs of a document relative to `base`; `is_internal` as of `FeedDocument`."""

    base: str
    is_internal: bool = False

    def resolve(self, url: str | None) -> str | None:
        """As `aggregator.urls.resolve_url`; None for private addresses."""
        return self._public(resolve_url(url, self.base))

    def resolve_published(self, url: str | None, base: str) -> str | None:
        """As `aggregator.urls.published_url`; None for private addresses."""
        return self._public(published_url(url, base))

    def _public(self, url: str | None) -> str | None:
        return None if url and not self.is_internal and is_private_url(url) else url
