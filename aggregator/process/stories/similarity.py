"""How similar entries and stories are: 1 is just enough to belong together.

Within a language texts are compared by their words: the title three times and the beginning of the
body, weighted by root of count x rarity, cosine with the centroid of a story. Across languages they
are compared by names, figures and concepts (`anchors`). Both decay with time and move with the
figures that the texts agree or disagree on.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from aggregator.keys import unpack
from aggregator.process.stories.idf import DocumentFrequencies
from aggregator.process.stories.keys import CONCEPT_KEYS
from aggregator.types import StoryFeatures

# Minimum similarity of words (0 to 1) for an entry to join a story.
JOIN_THRESHOLD = 0.243
# The same for an entry without a body.
JOIN_THRESHOLD_BRIEF = 0.22
# Minimum similarity of names, figures and concepts to join entries in two languages.
LINK_THRESHOLD = 0.17
# Minimum shared anchors, at least one of them a name or a figure: half of the news has a city and
# a round number, and two floods on one day share rain, river and bridge.
MIN_LINK_ANCHORS = 3
# Minimum similarity to the first entries of a story in the same language, and how many: without
# it, A ~ B ~ C would join A and C, which share nothing.
CORE_THRESHOLD, CORE_SIZE = 0.10, 3
# Standard deviation of the Gaussian by which similarity fades with time.
DECAY_WIDTH = timedelta(days=1)
# Minimum figures on each side before disagreement counts.
MIN_FIGURES = 2
DISAGREEMENT_FACTOR = 0.6
# Above this many full texts a story takes more similarity to join or to merge, by this much with
# each doubling: everything said about a large event resembles it.
LARGE_STORY, GROWTH_RESISTANCE = 6, 0.15
# Share of the similarity to take away if two entries have none of their names in common.
NAME_DISAGREEMENT = 0.7
# Similarity added per shared figure, and maximum figures that count.
AGREEMENT_BONUS, MAX_AGREEMENTS = 0.1, 3


class StoryVector(NamedTuple):
    """An entry as it is compared with others."""

    id: int
    source: int
    language: str
    at: datetime
    words: Mapping[int, float]
    """Weights of terms; their squares add up to one."""
    anchors: Mapping[int, float]
    figures: frozenset[int]
    """The anchors that are figures."""
    names: frozenset[int]
    """The anchors that name a place or a person."""
    sketch: frozenset[int]
    form: int
    title_figures: int
    score: int
    serial: bool
    brief: bool


def story_vector(
    id_: int,
    source: int,
    language: str,
    at: datetime,
    terms: StoryFeatures,
    frequencies: DocumentFrequencies,
) -> StoryVector:
    """Weigh the terms of a new entry by what has been read so far, and count them."""
    words = frequencies.weights(terms.words, terms.counts)
    anchors = frequencies.weights(terms.anchors, terms.anchor_counts)
    frequencies.count(terms.words, terms.anchors)
    return StoryVector(
        id_,
        source,
        language,
        at,
        words,
        anchors,
        figures_of(anchors),
        frozenset(unpack("I", terms.names)) & anchors.keys(),
        frozenset(unpack("I", terms.sketch)),
        terms.form,
        terms.figures,
        terms.score,
        terms.serial,
        terms.brief,
    )


def figures_of(anchors: Iterable[int]) -> frozenset[int]:
    """The anchors that are figures."""
    return frozenset([key for key in anchors if key & 1])


def entry_similarity(one: StoryVector, other: StoryVector) -> float:
    """Return how similar two entries are, whatever their dates."""
    if one.language == other.language:
        return cosine(one.words, other.words) / _join_threshold(one)
    return _anchor_similarity(one, other) / LINK_THRESHOLD


def story_similarity(entry: StoryVector, members: Sequence[StoryVector], size: int) -> float:
    """Return how well an entry fits a story of `size` entries.

    `members` are those that represent it, in order of arrival.
    """
    if _scores_conflict([entry], members):
        return 0.0
    alike = _word_similarity(entry, [each for each in members if each.language == entry.language])
    linked = [
        _anchor_similarity(entry, each) for each in members if each.language != entry.language
    ]
    best = max(alike / _join_threshold(entry), max(linked, default=0.0) / LINK_THRESHOLD)
    fit = best * _agreement_factor([entry], members) * _time_decay(entry.at, members)
    return fit / _resistance(members, size)


def merge_similarity(
    ours: Sequence[StoryVector], theirs: Sequence[StoryVector], size: int
) -> float:
    """Return how similar two stories are, of `size` entries together."""
    if _scores_conflict(ours, theirs):
        return 0.0
    pairs = [
        _anchor_similarity(one, two)
        for one in ours
        for two in theirs
        if one.language != two.language
    ]
    best = max(pairs, default=0.0) / LINK_THRESHOLD
    for language in {each.language for each in ours} & {each.language for each in theirs}:
        left = [each for each in ours if each.language == language]
        right = [each for each in theirs if each.language == language]
        if cosine(_centroid(left[:CORE_SIZE]), _centroid(right[:CORE_SIZE])) >= CORE_THRESHOLD:
            best = max(best, cosine(_centroid(left), _centroid(right)) / _join_threshold(left[0]))
    latest = max(each.at for each in ours)
    fit = best * _agreement_factor(ours, theirs) * _time_decay(latest, theirs)
    return fit / _resistance([*ours, *theirs], size)


def cosine(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    """Return the cosine of two vectors of weights, 0 to 1."""
    return sum([one[key] * other[key] for key in one.keys() & other.keys()])


def _join_threshold(entry: StoryVector) -> float:
    return JOIN_THRESHOLD_BRIEF if entry.brief else JOIN_THRESHOLD


def _word_similarity(entry: StoryVector, members: Sequence[StoryVector]) -> float:
    """Cosine with the centroid of `members`, of one language; 0 if too far from the first ones."""
    if not members:
        return 0.0
    core = cosine(entry.words, _centroid(members[:CORE_SIZE]))
    if len(members) <= CORE_SIZE or core < CORE_THRESHOLD:
        return core if core >= CORE_THRESHOLD else 0.0
    return cosine(entry.words, _centroid(members))


def _anchor_similarity(entry: StoryVector, other: StoryVector) -> float:
    """Similarity of what does not depend on language."""
    shared = entry.anchors.keys() & other.anchors.keys()
    if len(shared) < MIN_LINK_ANCHORS or shared <= CONCEPT_KEYS:
        return 0.0
    return sum([entry.anchors[key] * other.anchors[key] for key in shared])


def _scores_conflict(ours: Sequence[StoryVector], theirs: Sequence[StoryVector]) -> bool:
    """Whether the headlines give different scores."""
    results = [{each.score for each in side if each.score} for side in (ours, theirs)]
    return bool(results[0] and results[1] and not results[0] & results[1])


def _agreement_factor(ours: Sequence[StoryVector], theirs: Sequence[StoryVector]) -> float:
    """Factor for the figures and names that both sides have: reports on one event share some.

    Two councils, two accidents, two strikes use the same words; 73 million belongs to one of them,
    and each happens in a town of its own.
    """
    here = frozenset().union(*[each.figures for each in ours])
    there = frozenset().union(*[each.figures for each in theirs])
    shared = len(here & there)
    comparable = min(len(here), len(there)) >= MIN_FIGURES
    if shared:
        return 1 + AGREEMENT_BONUS * min(shared, MAX_AGREEMENTS) if comparable else 1.0
    names = 1 - NAME_DISAGREEMENT * _name_disagreement(ours, theirs)
    return DISAGREEMENT_FACTOR * names if comparable else names


def _name_disagreement(ours: Sequence[StoryVector], theirs: Sequence[StoryVector]) -> float:
    """Mean share of names that two texts of one language do not have in common, 0 to 1.

    Headlines alone leave most names out.
    """
    shares = [
        min(_missing_names(one, other), _missing_names(other, one))
        for one in ours
        for other in theirs
        if one.language == other.language and not (one.brief or other.brief)
    ]
    return sum(shares) / len(shares) if shares else 0.0


def _missing_names(one: StoryVector, other: StoryVector) -> float:
    """Share of the names of `one`, by weight, that `other` lacks; 0 if `one` has no names."""
    weights = {name: one.anchors[name] ** 2 for name in one.names}
    missing = sum([weights[name] for name in one.names - other.anchors.keys()])
    return missing / sum(weights.values()) if weights else 0.0


def _resistance(members: Sequence[StoryVector], size: int) -> float:
    """How much less likely a large story is to take in more; only its full texts count."""
    full = size * sum(not member.brief for member in members) / len(members)
    if full <= LARGE_STORY:
        return 1.0
    return 1 + GROWTH_RESISTANCE * math.log2(full / LARGE_STORY)


def _time_decay(at: datetime, members: Iterable[StoryVector]) -> float:
    gap = min(abs(at - member.at) for member in members)
    return math.exp(-((gap / DECAY_WIDTH) ** 2) / 2)


def _centroid(members: Sequence[StoryVector]) -> Mapping[int, float]:
    """The normalized sum of the vectors of some entries."""
    if len(members) == 1:
        return members[0].words
    middle: dict[int, float] = defaultdict(float)
    for member in members:
        for key, weight in member.words.items():
            middle[key] += weight
    length = math.sqrt(sum([weight * weight for weight in middle.values()])) or 1.0
    return {key: weight / length for key, weight in middle.items()}
