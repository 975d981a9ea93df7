"""A publisher on loopback that can misbehave in every way we know of, one function a way.

    with Publisher() as publisher:
        publisher.serve("/feed", rss(3))
        client.fetch(publisher.url("/feed"))
        client.fetch(publisher.url("/hostile/gzip-bomb"))

It runs in a thread of its own. `BEHAVIOURS` lists what is under /hostile/.
"""

from __future__ import annotations

from tests.publisher import answers, broken_http, floods, slow
from tests.publisher.canary import Canary
from tests.publisher.documents import rss
from tests.publisher.encodings import BOMB_SIZE, ENCODERS, brotli_zeros, deflated, zstd_zeros
from tests.publisher.registry import BEHAVIOURS
from tests.publisher.server import Publisher, PublisherConnection

__all__ = [
    "BEHAVIOURS",
    "BOMB_SIZE",
    "ENCODERS",
    "Canary",
    "Publisher",
    "PublisherConnection",
    "answers",
    "broken_http",
    "brotli_zeros",
    "deflated",
    "floods",
    "rss",
    "slow",
    "zstd_zeros",
]
