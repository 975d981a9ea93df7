"""Tell a network of ours that is down from feeds that are: then no feed is to blame."""

from __future__ import annotations

# Hosts that can no longer be reached, with none in between that can, before it is our network.
MIN_HOSTS = 3
# Failures (`errors.FETCH_KINDS`) by which a host and our own network look alike.
UNREACHED = frozenset({"dns", "connection", "timeout"})
# Failures that say nothing about the network: nothing was sent.
_UNSENT = frozenset({"invalid_url", "address_refused", "rate_limited", "internal"})


class NetworkWatch:
    """The hosts in a row that could not be reached, of those that could before.

    Hosts that have been dead for long would otherwise look like an outage whenever some of them
    are asked one after the other.
    """

    def __init__(self) -> None:
        self._hosts: set[str] = set()

    @property
    def is_down(self) -> bool:
        """Whether it is our network rather than the hosts."""
        return len(self._hosts) >= MIN_HOSTS

    def note(self, host: str, failure_kind: str | None, *, failed_before: bool = False) -> None:
        """Note how asking a host went; `failure_kind` is None if it answered with a feed.

        `failed_before`: whether the poll before this one failed, too.
        """
        if failure_kind in UNREACHED:
            if not self.is_down and not failed_before:
                self._hosts.add(host)
        elif failure_kind not in _UNSENT:
            self._hosts.clear()
