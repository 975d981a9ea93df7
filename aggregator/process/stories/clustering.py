"""Which entries report one event: decided as they arrive, among the entries of the last days.

An entry is compared with recent entries that share its weightiest terms, and joins the story that
it fits best (`similarity`); stories that it shows to be the same are merged. A story has the id of
its first entry, and an entry alone is a story of its own: an id never changes its meaning, and
nothing has to be stored for an event reported once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from aggregator.process.stories.idf import DocumentFrequencies
from aggregator.process.stories.keys import STORY_WINDOW
from aggregator.process.stories.reprints import (
    MIN_CONTAINMENT,
    MIN_CONTAINMENT_OF_FORMS,
    MIN_SHARED_SHINGLES,
    containment,
    details_differ,
    figures,
)
from aggregator.process.stories.similarity import (
    StoryVector,
    cosine,
    entry_similarity,
    merge_similarity,
    story_similarity,
)

# Minimum similarity to merge two stories, as a multiple of what joining takes; higher for entries
# without a body. On a first poll a story begins in several places.
MERGE_THRESHOLD, MERGE_THRESHOLD_BRIEF = 1.15, 1.36
# Minimum fit of an entry and a story for a closer look; 1 is enough to join.
CANDIDATE_THRESHOLD = 0.5
MAX_MERGED = 5

# Minimum cosine for two texts of *one* source to be issues of a rubric, unless one reprints the
# other: nobody writes the same article twice.
TEMPLATE_THRESHOLD = 0.5
# Minimum shared shingles to call two texts of one source a template, if the figures in their
# headlines differ.
MIN_TEMPLATE_SHINGLES = 2
# Maximum texts to compare an entry with word by word.
MAX_COMPARED_TEXTS = 3
# Below this many shingles, two sketches of a reprint may well have none in common; then texts are
# compared if the cosine of their words is at least this.
SMALL_SKETCH, SHORT_TEXT_COSINE = 6, 0.3

WORD_POSTINGS = 8
ANCHOR_POSTINGS = 10
SHINGLE_POSTINGS = 4
# Maximum entries to keep per term, the latest; this bounds the cost of an entry.
MAX_POSTINGS = 96
# Maximum candidates to compare an entry with in full.
MAX_CANDIDATES = 20
# Minimum shared weight of indexed terms for two entries to be compared.
MIN_SHARED_WEIGHT = 0.08
# Maximum entries that represent a story: the first and the latest.
MAX_MEMBERS = 24
# Weight of a shared shingle when candidates are ranked.
_SHINGLE_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class StoryAssignment:
    """The story of an entry; `merged` are stories that turned out to be the same."""

    story: int
    reprint_of: int | None = None
    serial: bool = False
    merged: tuple[int, ...] = ()


@dataclass(slots=True)
class StoryWindow:
    """The entries that a new one is compared with, loaded from the database or added on arrival."""

    frequencies: DocumentFrequencies = field(default_factory=DocumentFrequencies)
    postings: dict[int, list[int]] = field(default_factory=dict)
    """Term -> ids of the latest entries that are indexed by it."""
    vectors: dict[int, StoryVector] = field(default_factory=dict)
    story_of: dict[int, int] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    """Story -> its entries within the window, in order of arrival."""
    forbidden_merges: set[tuple[int, int]] = field(default_factory=set)
    """Pairs of stories, the smaller id first, that an editor split and that never merge again."""


def index_terms(entry: StoryVector) -> list[int]:
    """Return the terms to index an entry by: its weightiest, some shingles, its form.

    34 bits each; the two lowest tell the family, so that terms of different kinds never collide.
    """
    words = sorted(entry.words, key=entry.words.__getitem__, reverse=True)
    anchors = sorted(entry.anchors, key=entry.anchors.__getitem__, reverse=True)
    return [
        *[key << 2 for key in words[:WORD_POSTINGS]],
        *[key << 2 | 1 for key in anchors[:ANCHOR_POSTINGS]],
        *[key << 2 | 2 for key in sorted(entry.sketch)[:SHINGLE_POSTINGS]],
        ((entry.form ^ entry.source * 0x9E3779B1) & 0xFFFFFFFF) << 2 | 3,
    ]


def find_candidates(
    entry: StoryVector, terms: Iterable[int], postings: Mapping[int, Sequence[int]]
) -> list[int]:
    """Return the entries that share most with `entry`, by the weights of shared terms."""
    shared: dict[int, float] = defaultdict(float)
    for term in terms:
        found = postings.get(term)
        if not found:
            continue
        family, key = term & 3, term >> 2
        weight = (entry.words, entry.anchors)[family][key] ** 2 if family < 2 else _SHINGLE_WEIGHT
        for other in found:
            shared[other] += weight
    shared.pop(entry.id, None)
    alike = [(weight, id_) for id_, weight in shared.items() if weight >= MIN_SHARED_WEIGHT]
    return [id_ for _, id_ in nlargest(MAX_CANDIDATES, alike)]


def assign_story(
    entry: StoryVector,
    candidates: Sequence[int],
    window: StoryWindow,
    text_of: Callable[[int], Sequence[str]],
) -> StoryAssignment:
    """Choose the story of `entry` among `candidates`; `text_of` gives folded words of an entry."""
    known = [window.vectors[id_] for id_ in candidates if id_ in window.vectors]
    known = [other for other in known if abs(other.at - entry.at) <= STORY_WINDOW]
    original = _find_original(entry, known, text_of)
    if original is not None and not _is_issue(entry, original):
        return StoryAssignment(window.story_of.get(original.id, original.id), original.id)
    if entry.serial or any(_is_template(entry, other) for other in known):
        return StoryAssignment(entry.id, serial=True)
    fits = _fits(entry, known, window)
    if not fits or fits[0][0] < 1:
        return StoryAssignment(entry.id)
    story, others = fits[0][1], [each for _, each in fits[1 : 1 + MAX_MERGED]]
    return StoryAssignment(story, merged=_stories_to_merge(entry, story, others, window))


def add_postings(entry_id: int, terms: Iterable[int], postings: dict[int, list[int]]) -> None:
    """Let later entries find this one by `terms`, which `index_terms` returned."""
    for term in terms:
        posting = postings.setdefault(term, [])
        posting.append(entry_id)
        if len(posting) > MAX_POSTINGS:
            del posting[0]


def add_to_window(entry: StoryVector, assignment: StoryAssignment, window: StoryWindow) -> None:
    """Add an entry and its story to the window."""
    window.vectors[entry.id] = entry
    join_story(window, assignment.story, entry.id)
    for other in assignment.merged:
        merge_stories(window, assignment.story, other)


def join_story(window: StoryWindow, story: int, entry_id: int) -> None:
    """Add an entry to a story."""
    members = window.members.setdefault(story, [story])
    if entry_id != story:
        members.append(entry_id)
    window.story_of[entry_id] = window.story_of[story] = story


def merge_stories(window: StoryWindow, story: int, other: int) -> None:
    """Merge `other` into `story`."""
    members = window.members.setdefault(story, [story])
    for member in window.members.pop(other, [other]):
        window.story_of[member] = story
        members.append(member)
    members.sort()
    window.forbidden_merges |= {
        _pair(story, far) for near, far in _both_ways(window.forbidden_merges) if near == other
    }


def _both_ways(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return [each for one, two in pairs for each in ((one, two), (two, one))]


# --- reprints and rubrics --------------------------------------------------------------------


def _find_original(
    entry: StoryVector, known: Iterable[StoryVector], text_of: Callable[[int], Sequence[str]]
) -> StoryVector | None:
    """Return the article that `entry` reprints: the one it shares most text with."""
    alike = [(len(entry.sketch & other.sketch), other) for other in known]
    likely = sorted(
        (each for each in alike if _may_share_text(entry, each[1], each[0])),
        key=lambda each: (-each[0], each[1].id),
    )
    found = [
        (share, other)
        for _, other in likely[:MAX_COMPARED_TEXTS]
        if (share := _shared_text(entry, other, text_of))
    ]
    return max(found, key=lambda each: (each[0], -each[1].id))[1] if found else None


def _may_share_text(entry: StoryVector, other: StoryVector, shared: int) -> bool:
    """Whether to compare two texts, which have `shared` shingles of their sketches in common.

    The sketch of a short text is too small to tell; there the words do.
    """
    if shared >= MIN_SHARED_SHINGLES:
        return True
    if min(len(entry.sketch), len(other.sketch)) > SMALL_SKETCH or entry.brief or other.brief:
        return False
    return (
        entry.language == other.language and cosine(entry.words, other.words) >= SHORT_TEXT_COSINE
    )


def _shared_text(
    entry: StoryVector, other: StoryVector, text_of: Callable[[int], Sequence[str]]
) -> float:
    """Return the share of text that two articles share; 0 if neither reprints the other."""
    text, theirs = text_of(entry.id), text_of(other.id)
    share = containment(text, theirs)
    if MIN_CONTAINMENT <= share < MIN_CONTAINMENT_OF_FORMS and details_differ(
        {*figures(text), *entry.names}, {*figures(theirs), *other.names}
    ):
        return 0.0
    return share if share >= MIN_CONTAINMENT else 0.0


def _is_issue(entry: StoryVector, other: StoryVector) -> bool:
    """Whether both are issues of one rubric: a source's form with the figures of another day."""
    if entry.source != other.source:
        return False
    same_form = entry.form == other.form or entry.title_figures != other.title_figures
    return entry.serial or same_form


def _is_template(entry: StoryVector, other: StoryVector) -> bool:
    """Whether both are filled from one template of a source."""
    if entry.source != other.source:
        return False
    if entry.form and entry.form == other.form:
        return True
    runs = len(entry.sketch & other.sketch)
    if entry.title_figures != other.title_figures and runs >= MIN_TEMPLATE_SHINGLES:
        return True
    return (
        entry.language == other.language and cosine(entry.words, other.words) >= TEMPLATE_THRESHOLD
    )


# --- the same event ----------------------------------------------------------------------------


def _fits(
    entry: StoryVector, known: Iterable[StoryVector], window: StoryWindow
) -> list[tuple[float, int]]:
    """Return the stories that `entry` may fit (1 is enough to join), the best first."""
    stories = {
        window.story_of.get(other.id, other.id)
        for other in known
        if not other.serial and entry_similarity(entry, other) >= CANDIDATE_THRESHOLD
    }
    members = [(story, _story_vectors(story, window)) for story in stories]
    fits = [
        (story_similarity(entry, theirs, _size(story, window)), story)
        for story, theirs in members
        if theirs
    ]
    likely = (each for each in fits if each[0] >= CANDIDATE_THRESHOLD)
    return sorted(likely, key=lambda each: (-each[0], each[1]))


def _size(story: int, window: StoryWindow) -> int:
    return len(window.members.get(story, (story,)))


def _story_vectors(story: int, window: StoryWindow) -> list[StoryVector]:
    ids = representatives(window.members.get(story, [story]))
    return [window.vectors[id_] for id_ in ids if id_ in window.vectors]


def representatives(members: Sequence[int]) -> Sequence[int]:
    """Return those entries of a story, given in order of arrival, that others are compared with."""
    if len(members) <= MAX_MEMBERS:
        return members
    return [members[0], *members[1 - MAX_MEMBERS :]]


def _stories_to_merge(
    entry: StoryVector, story: int, others: Iterable[int], window: StoryWindow
) -> tuple[int, ...]:
    """Return those stories among `others` that are the same as the story of `entry`."""
    members = [*_story_vectors(story, window), entry]
    size = _size(story, window) + 1
    threshold = MERGE_THRESHOLD_BRIEF if entry.brief else MERGE_THRESHOLD
    return tuple(
        other
        for other in others
        if _pair(story, other) not in window.forbidden_merges
        and merge_similarity(members, _story_vectors(other, window), size + _size(other, window))
        >= threshold
    )


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
