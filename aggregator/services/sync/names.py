"""What apps ask for by name: the lists of a reader, as the Google Reader API knows them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal, Protocol

from aggregator.services.search.request import SearchContext
from aggregator.types import User

SubscriptionKind = Literal["source", "topic", "story", "search"]
ListKind = Literal["all", "read", "unread", "starred", "label", "empty"]


@dataclass(frozen=True, slots=True)
class StreamName:
    """A subscription (`id`), a label (`label`) or one of the lists that every reader has."""

    kind: SubscriptionKind | ListKind
    id: int = 0
    label: str = ""


ALL = StreamName("all")
READ = StreamName("read")
UNREAD = StreamName("unread")
STARRED = StreamName("starred")
# A list of Google Reader that has nothing to correspond to here.
EMPTY = StreamName("empty")

# Search of whom, query and latest entry.
MatchesKey = tuple[int, str, int]


class KnownMatches(Protocol):
    """Remembers the matches of saved searches: one sync asks for them several times."""

    def get(self, key: MatchesKey) -> tuple[int, ...] | None: ...

    def put(self, key: MatchesKey, value: tuple[int, ...]) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class SyncContext:
    """Who syncs, and what depends on the request."""

    reader: User
    search: SearchContext
    language: str
    """For the names of topics."""
    folder_names: Callable[[str, str], Collection[str]]
    """(country, language) -> the names of the folder of such sources, in each language."""
    known: KnownMatches
