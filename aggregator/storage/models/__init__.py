"""The tables, one file per noun."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from aggregator.lazy_names import lazy_names

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from aggregator.storage.models.audit import ActRow
    from aggregator.storage.models.base import Base
    from aggregator.storage.models.dispatches import (
        AgencyDay,
        AgencySourceDay,
        Dispatch,
        DispatchPrint,
    )
    from aggregator.storage.models.entries import Entry, EntryContent, EntryRevision, Tombstone
    from aggregator.storage.models.insights import (
        InsightDay,
        InsightSourceDay,
        InsightStory,
        InsightTelling,
    )
    from aggregator.storage.models.jobs import CounterRow, Job, Secret
    from aggregator.storage.models.readers import (
        FolderRow,
        MutedSource,
        MutedWord,
        ReadException,
        ReadMark,
        ReadUndo,
        SourceSubscription,
    )
    from aggregator.storage.models.requests import (
        SourceAskerRow,
        SourceLookupRow,
        SourceRequestRow,
    )
    from aggregator.storage.models.search import SavedSearchRow, SearchDoc, SearchState, SearchWord
    from aggregator.storage.models.second_factors import (
        PasskeyRow,
        RecoveryCodeRow,
        SignInStepRow,
        SpentChallengeRow,
        TotpRow,
    )
    from aggregator.storage.models.sources import Feed, FeedDay, OwnerRow, Source
    from aggregator.storage.models.stories import (
        ForbiddenMerge,
        FrontPin,
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
        AppPasswordRow,
        AttemptCount,
        IdentityRow,
        InviteRow,
        PasswordLinkRow,
        PersonalFeedRow,
        SignInFailure,
        SignInFlowRow,
        UserRow,
        UserSession,
    )
    from aggregator.storage.models.websub import Push, WebsubSubscription

__all__ = [
    "ActRow",
    "AgencyDay",
    "AgencySourceDay",
    "ApiToken",
    "AppPasswordRow",
    "AttemptCount",
    "Base",
    "CounterRow",
    "Dispatch",
    "DispatchPrint",
    "Entry",
    "EntryContent",
    "EntryRevision",
    "EntryTag",
    "Feed",
    "FeedDay",
    "FolderRow",
    "ForbiddenMerge",
    "FrontPin",
    "IdentityRow",
    "InsightDay",
    "InsightSourceDay",
    "InsightStory",
    "InsightTelling",
    "InviteRow",
    "Job",
    "MutedSource",
    "MutedWord",
    "OwnerRow",
    "PasskeyRow",
    "PasswordLinkRow",
    "PersonalFeedRow",
    "Push",
    "ReadException",
    "ReadMark",
    "ReadUndo",
    "RecoveryCodeRow",
    "SavedSearchRow",
    "SearchDoc",
    "SearchState",
    "SearchWord",
    "Secret",
    "SignInFailure",
    "SignInFlowRow",
    "SignInStepRow",
    "Source",
    "SourceAskerRow",
    "SourceLookupRow",
    "SourceRequestRow",
    "SourceSubscription",
    "SpentChallengeRow",
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
    "TotpRow",
    "UserRow",
    "UserSession",
    "WebsubSubscription",
    "all_tables",
]

_FILES = {
    "audit": "ActRow",
    "base": "Base",
    "dispatches": "AgencyDay AgencySourceDay Dispatch DispatchPrint",
    "entries": "Entry EntryContent EntryRevision Tombstone",
    "insights": "InsightDay InsightSourceDay InsightStory InsightTelling",
    "jobs": "CounterRow Job Secret",
    "readers": (
        "FolderRow MutedSource MutedWord ReadException ReadMark ReadUndo SourceSubscription"
    ),
    "requests": "SourceAskerRow SourceLookupRow SourceRequestRow",
    "search": "SavedSearchRow SearchDoc SearchState SearchWord",
    "second_factors": "PasskeyRow RecoveryCodeRow SignInStepRow SpentChallengeRow TotpRow",
    "sources": "Feed FeedDay OwnerRow Source",
    "stories": (
        "ForbiddenMerge FrontPin StoryEntry StoryFollow StoryFrequencies StoryLanguage "
        "StoryPosting StoryRedirect StoryRow StorySource StoryVectorRow"
    ),
    "tags": "EntryTag Star Tag",
    "topics": (
        "TopicEntry TopicNoteRow TopicPin TopicRemoval TopicRevisionRow TopicRow TopicSubscription"
    ),
    "users": (
        "ApiToken AppPasswordRow AttemptCount IdentityRow InviteRow PasswordLinkRow PersonalFeedRow"
        " SignInFailure SignInFlowRow UserRow UserSession"
    ),
    "websub": "Push WebsubSubscription",
}

if not TYPE_CHECKING:  # a checked package has the names above and no others
    # Mapping all tables takes 100 ms: a command maps those it uses.
    __getattr__ = lazy_names(__name__, _FILES)


def all_tables() -> MetaData:
    """Return all tables: `Base.metadata` alone has those that were used so far."""
    for file in _FILES:
        import_module(f"{__name__}.{file}")
    metadata: MetaData = import_module(f"{__name__}.base").Base.metadata
    return metadata
