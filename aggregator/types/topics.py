"""Topics: lists that editors curate by a rule and by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

TopicState = Literal["draft", "published", "deleted"]

# Counting the entries of a topic stops here.
TOPIC_COUNT_CAP = 1000


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text in the three languages of the interface; any of them may be missing."""

    ar: str = ""
    fr: str = ""
    en: str = ""

    def get(self, language: str) -> str:
        """The text in `language`, else in the first language that has it."""
        return getattr(self, language, "") or self.ar or self.fr or self.en

    def language(self, preferred: str) -> str:
        """The language of the text that `get(preferred)` returns."""
        order = (preferred, "ar", "fr", "en")
        return next((each for each in order if getattr(self, each, "")), preferred)


@dataclass(frozen=True, slots=True)
class TopicContent:
    """What editors decide about a topic, stored in each of its revisions."""

    slug: str
    name: LocalizedText
    about: LocalizedText = field(default_factory=LocalizedText)
    rule: str = ""
    state: TopicState = "draft"


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """How many of the stored entries have been matched against a changed rule."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its current content."""

    id: int
    revision: int
    content: TopicContent
    updated_at: datetime
    updated_by: str
    published_at: datetime | None
    fill: BackfillProgress | None = None
    """None once the rule has been applied to everything."""


@dataclass(frozen=True, slots=True)
class TopicSummary:
    """A topic as lists show it."""

    topic: Topic
    entry_count: int
    """At most `TOPIC_COUNT_CAP`."""
    newest_at: datetime | None
    new_count: int = 0
    """For followers: entries added since their last visit, at most the cap."""
    followed: bool = False


@dataclass(frozen=True, slots=True)
class TopicRevision:
    """One save: who, when, why, and the content from then on."""

    number: int
    saved_at: datetime
    editor: str
    reason: str
    content: TopicContent


@dataclass(frozen=True, slots=True)
class Pin:
    """An entry that an editor pinned to the top."""

    entry_id: int
    position: int
    editor: str
    pinned_at: datetime
    expires_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """An entry that an editor removed, whatever the rule says."""

    entry_id: int
    title: str
    language: str
    editor: str
    removed_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class TopicNote:
    """A note of an editor to the others."""

    id: int
    editor: str
    written_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class MatchReason:
    """Why an entry is in a topic: what its rule matched, as pieces of a query, or who pinned it."""

    words: tuple[str, ...] = ()
    pinned_by: str | None = None
