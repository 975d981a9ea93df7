"""Frozen value objects, named by the stage an entry is at; one file a stage.

Wire to page: `FeedForPoll` -> `FetchedFeed` -> `ParsedFeed`/`ParsedEntry` -> `PreparedFeed`/
`PreparedEntry` -> `EntryChange` -> `EntrySummary`/`EntryDetail`. All times are aware UTC, all
durations `timedelta` or seconds where the name ends in `_s`, all keys signed 64-bit integers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.lazy_names import lazy_names

if TYPE_CHECKING:
    from aggregator.types.accounts import (
        MAX_APP_PASSWORDS,
        MAX_INVITE_DAYS,
        MAX_PERSONAL_FEEDS,
        MAX_TOKEN_DAYS,
        AppPassword,
        Identity,
        Invite,
        Person,
        PersonalFeed,
        PersonalListKind,
        SessionInfo,
        TokenInfo,
        User,
    )
    from aggregator.types.changes import (
        ChangedEntry,
        EntryChanges,
        FeedFailure,
        KnownEntry,
        NewEntry,
        Wording,
    )
    from aggregator.types.configuration import FeedSpec, PackSpec, SourceSpec, SyncReport
    from aggregator.types.entries import (
        EntryDetail,
        EntryFilter,
        EntryPage,
        EntrySummary,
        FilterOptions,
        FollowedStory,
        TagCount,
    )
    from aggregator.types.fetch import (
        CacheHints,
        FeedForPoll,
        FetchedFeed,
        FetchResult,
        NotModified,
    )
    from aggregator.types.health import (
        FeedDay,
        FeedHealth,
        FeedHealthPage,
        FeedHistory,
        FeedState,
        SourceOverview,
    )
    from aggregator.types.names import (
        CHANGE_SIZES,
        ChangeSize,
        Direction,
        LocalizedName,
        Role,
        SourceRef,
        TokenScope,
    )
    from aggregator.types.owners import OWNER_KINDS, Owner, OwnerCounts, OwnerKind
    from aggregator.types.parsed import Enclosure, FeedProblem, ParsedEntry, ParsedFeed
    from aggregator.types.prepared import FeedDocument, PreparedEntry, PreparedFeed
    from aggregator.types.readers import (
        UNREAD_CAP,
        BulkChange,
        Density,
        Folder,
        FollowedSource,
        FollowTargets,
        MarkResult,
        Mutes,
        Pack,
        Preferences,
        ReadChange,
        TextSize,
        Theme,
        UnreadCounts,
    )
    from aggregator.types.requests import (
        FoundFeed,
        Headline,
        LookupOutcome,
        OwnRequest,
        RequestState,
        SourceLookup,
        SourceRequest,
    )
    from aggregator.types.revisions import (
        Change,
        ChangeCounts,
        ChangeFilter,
        ChangePage,
        EntryHistory,
        EntryText,
        EntryVersion,
        NewRevision,
        SeenChange,
    )
    from aggregator.types.search import (
        EMPTY_DOCUMENT,
        SAVED_COUNT_CAP,
        FollowedSearch,
        MarkedText,
        SavedSearch,
        SearchCounts,
        SearchDocument,
        SearchHit,
        SearchOrder,
        SearchPage,
        SearchPosition,
        Span,
    )
    from aggregator.types.stories import (
        StoryFeatures,
        StoryPin,
        StoryReadState,
        StorySummary,
        UnplacedEntry,
    )
    from aggregator.types.topics import (
        TOPIC_COUNT_CAP,
        BackfillProgress,
        LocalizedText,
        MatchReason,
        Pin,
        Removal,
        Topic,
        TopicContent,
        TopicNote,
        TopicRevision,
        TopicState,
        TopicSummary,
    )
    from aggregator.types.websub import HubState, HubSubscription, PreparedPush, Push

__all__ = [
    "CHANGE_SIZES",
    "EMPTY_DOCUMENT",
    "MAX_APP_PASSWORDS",
    "MAX_INVITE_DAYS",
    "MAX_PERSONAL_FEEDS",
    "MAX_TOKEN_DAYS",
    "OWNER_KINDS",
    "SAVED_COUNT_CAP",
    "TOPIC_COUNT_CAP",
    "UNREAD_CAP",
    "AppPassword",
    "BackfillProgress",
    "BulkChange",
    "CacheHints",
    "Change",
    "ChangeCounts",
    "ChangeFilter",
    "ChangePage",
    "ChangeSize",
    "ChangedEntry",
    "Density",
    "Direction",
    "Enclosure",
    "EntryChanges",
    "EntryDetail",
    "EntryFilter",
    "EntryHistory",
    "EntryPage",
    "EntrySummary",
    "EntryText",
    "EntryVersion",
    "FeedDay",
    "FeedDocument",
    "FeedFailure",
    "FeedForPoll",
    "FeedHealth",
    "FeedHealthPage",
    "FeedHistory",
    "FeedProblem",
    "FeedSpec",
    "FeedState",
    "FetchResult",
    "FetchedFeed",
    "FilterOptions",
    "Folder",
    "FollowTargets",
    "FollowedSearch",
    "FollowedSource",
    "FollowedStory",
    "FoundFeed",
    "Headline",
    "HubState",
    "HubSubscription",
    "Identity",
    "Invite",
    "KnownEntry",
    "LocalizedName",
    "LocalizedText",
    "LookupOutcome",
    "MarkResult",
    "MarkedText",
    "MatchReason",
    "Mutes",
    "NewEntry",
    "NewRevision",
    "NotModified",
    "OwnRequest",
    "Owner",
    "OwnerCounts",
    "OwnerKind",
    "Pack",
    "PackSpec",
    "ParsedEntry",
    "ParsedFeed",
    "Person",
    "PersonalFeed",
    "PersonalListKind",
    "Pin",
    "Preferences",
    "PreparedEntry",
    "PreparedFeed",
    "PreparedPush",
    "Push",
    "ReadChange",
    "Removal",
    "RequestState",
    "Role",
    "SavedSearch",
    "SearchCounts",
    "SearchDocument",
    "SearchHit",
    "SearchOrder",
    "SearchPage",
    "SearchPosition",
    "SeenChange",
    "SessionInfo",
    "SourceLookup",
    "SourceOverview",
    "SourceRef",
    "SourceRequest",
    "SourceSpec",
    "Span",
    "StoryFeatures",
    "StoryPin",
    "StoryReadState",
    "StorySummary",
    "SyncReport",
    "TagCount",
    "TextSize",
    "Theme",
    "TokenInfo",
    "TokenScope",
    "Topic",
    "TopicContent",
    "TopicNote",
    "TopicRevision",
    "TopicState",
    "TopicSummary",
    "UnplacedEntry",
    "UnreadCounts",
    "User",
    "Wording",
]

_FILES = {
    "accounts": (
        "MAX_APP_PASSWORDS MAX_INVITE_DAYS MAX_PERSONAL_FEEDS MAX_TOKEN_DAYS AppPassword Identity "
        "Invite Person PersonalFeed PersonalListKind SessionInfo TokenInfo User"
    ),
    "changes": "ChangedEntry EntryChanges FeedFailure KnownEntry NewEntry Wording",
    "configuration": "FeedSpec PackSpec SourceSpec SyncReport",
    "entries": (
        "EntryDetail EntryFilter EntryPage EntrySummary FilterOptions FollowedStory TagCount"
    ),
    "fetch": "CacheHints FeedForPoll FetchedFeed FetchResult NotModified",
    "health": "FeedDay FeedHealth FeedHealthPage FeedHistory FeedState SourceOverview",
    "names": "CHANGE_SIZES ChangeSize Direction LocalizedName Role SourceRef TokenScope",
    "owners": "OWNER_KINDS Owner OwnerCounts OwnerKind",
    "parsed": "Enclosure FeedProblem ParsedEntry ParsedFeed",
    "prepared": "FeedDocument PreparedEntry PreparedFeed",
    "readers": (
        "UNREAD_CAP BulkChange Density Folder FollowedSource FollowTargets MarkResult Mutes Pack "
        "Preferences ReadChange TextSize Theme UnreadCounts"
    ),
    "requests": (
        "FoundFeed Headline LookupOutcome OwnRequest RequestState SourceLookup SourceRequest"
    ),
    "revisions": (
        "Change ChangeCounts ChangeFilter ChangePage EntryHistory EntryText "
        "EntryVersion NewRevision SeenChange"
    ),
    "search": (
        "EMPTY_DOCUMENT SAVED_COUNT_CAP FollowedSearch MarkedText SavedSearch SearchCounts "
        "SearchDocument SearchHit SearchOrder SearchPage SearchPosition Span"
    ),
    "stories": "StoryFeatures StoryPin StoryReadState StorySummary UnplacedEntry",
    "topics": (
        "TOPIC_COUNT_CAP BackfillProgress LocalizedText MatchReason Pin Removal Topic "
        "TopicContent TopicNote TopicRevision TopicState TopicSummary"
    ),
    "websub": "HubState HubSubscription PreparedPush Push",
}

if not TYPE_CHECKING:  # a checked package has the names above and no others
    # Creating a hundred dataclasses takes 40 ms: a command creates those it uses.
    __getattr__ = lazy_names(__name__, _FILES)
