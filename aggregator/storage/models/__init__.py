"""The tables, one file per noun."""

from aggregator.storage.models.base import Base
from aggregator.storage.models.entries import Entry, EntryContent, Tombstone
from aggregator.storage.models.jobs import Job, Secret
from aggregator.storage.models.readers import (
    MutedSource,
    MutedWord,
    ReadException,
    ReadMark,
    ReadUndo,
    SourceSubscription,
)
from aggregator.storage.models.search import SavedSearchRow, SearchDoc, SearchState, SearchWord
from aggregator.storage.models.sources import Feed, FeedDay, Source
from aggregator.storage.models.stories import (
    ForbiddenMerge,
    StoryEntry,
    StoryFollow,
    StoryFrequencies,
    StoryLanguage,
    StoryPosting,
    StoryRedirect,
    StoryRow,
    StorySource,
    StoryVectorRow,
)
from aggregator.storage.models.tags import EntryTag, Star, Tag
from aggregator.storage.models.topics import (
    TopicEntry,
    TopicNoteRow,
    TopicPin,
    TopicRemoval,
    TopicRevisionRow,
    TopicRow,
    TopicSubscription,
)
from aggregator.storage.models.users import (
    ApiToken,
    AttemptCount,
    InviteRow,
    SignInFailure,
    UserRow,
    UserSession,
)
from aggregator.storage.models.websub import Push, WebsubSubscription

__all__ = [
    "ApiToken",
    "AttemptCount",
    "Base",
    "Entry",
    "EntryContent",
    "EntryTag",
    "Feed",
    "FeedDay",
    "ForbiddenMerge",
    "InviteRow",
    "Job",
    "MutedSource",
    "MutedWord",
    "Push",
    "ReadException",
    "ReadMark",
    "ReadUndo",
    "SavedSearchRow",
    "SearchDoc",
    "SearchState",
    "SearchWord",
    "Secret",
    "SignInFailure",
    "Source",
    "SourceSubscription",
    "Star",
    "StoryEntry",
    "StoryFollow",
    "StoryFrequencies",
    "StoryLanguage",
    "StoryPosting",
    "StoryRedirect",
    "StoryRow",
    "StorySource",
    "StoryVectorRow",
    "Tag",
    "Tombstone",
    "TopicEntry",
    "TopicNoteRow",
    "TopicPin",
    "TopicRemoval",
    "TopicRevisionRow",
    "TopicRow",
    "TopicSubscription",
    "UserRow",
    "UserSession",
    "WebsubSubscription",
]
