"""Frozen value objects, named by the stage an entry is at; one file a stage.

Wire to page: `FeedForPoll` -> `Fetched` -> `ParsedFeed`/`ParsedEntry` -> `PreparedFeed`/
`EntryForPoll` -> `EntryChange` -> `EntrySummary`/`EntryDetail`. All times are aware UTC, all
durations `timedelta` or seconds where the name ends in `_s`, all keys signed 64-bit integers.
"""

from aggregator.types.accounts import Invite, Person, SessionInfo, TokenInfo, User
from aggregator.types.configuration import FeedSpec, SourceSpec, SyncReport
from aggregator.types.decided import ChangedEntry, EntryChanges, FeedFailure, KnownEntry, NewEntry
from aggregator.types.entries import (
    EntryDetail,
    EntryFilter,
    EntryPage,
    EntrySummary,
    FilterOptions,
    TagCount,
)
from aggregator.types.fetched import CacheHints, FeedForPoll, Fetched, FetchResult, NotModified
from aggregator.types.health import (
    FeedBoard,
    FeedDay,
    FeedHealth,
    FeedReport,
    FeedState,
    SourceOverview,
)
from aggregator.types.names import Direction, LocalName, Role, SourceRef
from aggregator.types.parsed import Enclosure, FeedProblem, ParsedEntry, ParsedFeed
from aggregator.types.prepared import EntryForPoll, FeedDocument, PreparedFeed
from aggregator.types.readers import (
    UNREAD_CAP,
    Density,
    FollowedSource,
    Marked,
    Mutes,
    Preferences,
    TextSize,
    Theme,
)
from aggregator.types.search import (
    NO_WORDS,
    EntryWords,
    MarkedText,
    SavedSearch,
    SearchCounts,
    SearchHit,
    SearchOrder,
    SearchPage,
    Span,
)
from aggregator.types.stories import Arrived, StoryGlance, StoryRead, StoryTerms
from aggregator.types.topics import (
    TOPIC_COUNT_CAP,
    Fill,
    Pin,
    Reason,
    Removal,
    Topic,
    TopicContent,
    TopicNote,
    TopicRevision,
    TopicState,
    TopicSummary,
    Wording,
)
from aggregator.types.websub import HubState, HubSubscription, PreparedPush, Push

__all__ = [
    "NO_WORDS",
    "TOPIC_COUNT_CAP",
    "UNREAD_CAP",
    "Arrived",
    "CacheHints",
    "ChangedEntry",
    "Density",
    "Direction",
    "Enclosure",
    "EntryChanges",
    "EntryDetail",
    "EntryFilter",
    "EntryForPoll",
    "EntryPage",
    "EntrySummary",
    "EntryWords",
    "FeedBoard",
    "FeedDay",
    "FeedDocument",
    "FeedFailure",
    "FeedForPoll",
    "FeedHealth",
    "FeedProblem",
    "FeedReport",
    "FeedSpec",
    "FeedState",
    "FetchResult",
    "Fetched",
    "Fill",
    "FilterOptions",
    "FollowedSource",
    "HubState",
    "HubSubscription",
    "Invite",
    "KnownEntry",
    "LocalName",
    "Marked",
    "MarkedText",
    "Mutes",
    "NewEntry",
    "NotModified",
    "ParsedEntry",
    "ParsedFeed",
    "Person",
    "Pin",
    "Preferences",
    "PreparedFeed",
    "PreparedPush",
    "Push",
    "Reason",
    "Removal",
    "Role",
    "SavedSearch",
    "SearchCounts",
    "SearchHit",
    "SearchOrder",
    "SearchPage",
    "SessionInfo",
    "SourceOverview",
    "SourceRef",
    "SourceSpec",
    "Span",
    "StoryGlance",
    "StoryRead",
    "StoryTerms",
    "SyncReport",
    "TagCount",
    "TextSize",
    "Theme",
    "TokenInfo",
    "Topic",
    "TopicContent",
    "TopicNote",
    "TopicRevision",
    "TopicState",
    "TopicSummary",
    "User",
    "Wording",
]
