"""Which host a feed is on, and how many of one host's feeds may be polled at once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from aggregator.urls import parse_web_url


@lru_cache(maxsize=20_000)
def authority(url: str) -> str:
    """Host (ASCII, lower case) and port of a feed's URL, "example.com:443"; "" if unreadable."""
    parts = parse_web_url(url)
    if parts is None:
        return ""
    return f"{parts.host.strip('[]')}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


class HostShares:
    """Divides `room` slots so that the feeds of no host fill them while others wait.

    A host may hold as many slots as are left free, and always `least`: one with a thousand feeds to
    poll gets half of the slots, three such hosts a quarter each, and a quarter stays free for the
    next one. (The threshold is that of Choudhury and Hahne, "Dynamic queue length thresholds for
    shared-memory packet switches", 1998.) `held` are the hosts of the feeds that already hold a
    slot.
    """

    def __init__(self, room: int, least: int, held: Iterable[str] = ()) -> None:
        self.free_slots = room
        self._least = least
        self._held = Counter(held)

    def try_acquire(self, host: str) -> bool:
        """Take a slot for a feed of `host`; whether there was one."""
        if self.free_slots <= 0 or self._held[host] >= max(self._least, self.free_slots):
            return False
        self._held[host] += 1
        self.free_slots -= 1
        return True
