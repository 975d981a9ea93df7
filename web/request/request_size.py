"""How large a request may be: small, save what hubs deliver, which may be as large as a feed."""

from __future__ import annotations

from copy import copy
from typing import Any
from weakref import WeakSet

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser

MAX_LARGE_REQUESTS = 16
"""So many large requests are taken in at once: their bodies wait on disk until they are whole."""


def channel_class(path: str, max_size: int) -> type[HTTPChannel]:
    """What reads the requests of a connection; those below `path` may bring `max_size` bytes."""
    large: WeakSet[HTTPRequestParser] = WeakSet()

    class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress is not annotated
        """Reads one request."""

        adj: Any

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            is_large = self.chunked or self.content_length >= self.adj.max_request_body_size
            if is_large and self.path.startswith(path) and len(large) < MAX_LARGE_REQUESTS:
                large.add(self)
                self.adj = copy(self.adj)
                self.adj.max_request_body_size = max(max_size + 1, self.adj.max_request_body_size)

    class Channel(HTTPChannel):  # type: ignore[misc]  # waitress is not annotated
        """One connection."""

        parser_class = Parser

    return Channel
