"""Limits of request bodies: small, except for what hubs deliver, which may be a whole feed."""

from __future__ import annotations

from copy import copy
from typing import Any
from weakref import WeakSet

from waitress.parser import HTTPRequestParser

from web.serving.connections import Connection, ConnectionLimits

# Maximum large requests to receive at once: their bodies wait on disk until they are complete.
MAX_LARGE_REQUESTS = 16


def channel_class(
    paths: tuple[str, ...], max_size: int, connection_limits: ConnectionLimits | None = None
) -> type[Connection]:
    """A connection class whose requests below `paths` may have bodies of `max_size` bytes.

    0: as small ones as everywhere.
    """
    large: WeakSet[HTTPRequestParser] = WeakSet()

    class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress is not annotated
        """Parses one request."""

        adj: Any  # waitress.adjustments.Adjustments, not annotated

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            small = self.adj.max_request_body_size
            is_large = max_size > 0 and (self.chunked or self.content_length >= small)
            if is_large and self.path.startswith(paths) and len(large) < MAX_LARGE_REQUESTS:
                large.add(self)
                self.adj = copy(self.adj)
                self.adj.max_request_body_size = max(max_size + 1, self.adj.max_request_body_size)

    class Channel(Connection):
        """One connection."""

        parser_class = Parser
        limits = connection_limits or ConnectionLimits()

    return Channel
