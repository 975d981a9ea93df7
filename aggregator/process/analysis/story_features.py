"""Features by which stories compare entries, extracted once when an entry arrives."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import compress

from aggregator.keys import pack
from aggregator.process.analysis.word_features import AnalyzedText, analyze_text
from aggregator.process.stories.agencies import detect_agency
from aggregator.process.stories.anchors import sentence_names, text_anchors
from aggregator.process.stories.keys import anchor_key, term_key
from aggregator.process.stories.names import name_positions
from aggregator.process.stories.reprints import sketch
from aggregator.process.stories.vocabulary import STOP_WORDS
from aggregator.types import StoryFeatures

TITLE_WEIGHT = 3
BODY_WORDS = 120
# How far into a body an entry is compared, in characters and in words.
BODY_CHARACTERS, READ_WORDS = 1600, 270
# How far into a body names and figures are looked for.
ANCHOR_WORDS, ANCHOR_CHARACTERS = 120, 1200
# Minimum words of a body; below, only the headline is compared.
MIN_BODY_WORDS = 15
# Letters of the n-grams by which Arabic headlines without a body are compared too: they match
# across broken plurals, proclitics and suffixes.
GRAM = 4
GRAM_WEIGHT = 4
STEM_WEIGHT = 1

_FIGURES = re.compile(r"\d+(?:[.,:]\d+)*")
_CALENDAR = re.compile(
    r"\b(?:يناير|فبراير|مارس|[أا]بريل|ماي|مايو|يونيو|يوليوز|يوليو|غشت|شتنبر|[أا]كتوبر|نونبر|دجنبر"
    r"|الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|الأحد|اليوم|غدا|يوم"
    r"|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    re.IGNORECASE,
)
_SERIAL = re.compile(
    r"(?:حالة|أحوال|توقعات|نشرة) (?:أحوال )?الطقس|طقس (?:اليوم|الغد|غد|الاثنين|الثلاثاء|الأربعاء"
    r"|الخميس|الجمعة|السبت|الأحد)|مواقيت الصلاة|أوقات الصلاة|حظك اليوم|(?:ال)?أبراج (?:اليوم|ليوم)"
    r"|أسعار (?:العملات|صرف|الذهب اليوم)|(?:سعر|أسعار) صرف|النشرة الجوية|لحظة بلحظة|بث مباشر"
    r"|^\W*(?:مباشر|حصاد|رصد|بالفيديو.. مباشر)\s*(?:[:|،–-]|\.\.)|^\W*نقطة السير\b"
    r"|météo (?:du|de ce|:)|prévisions météo|horaires? (?:de|des) prières?|horoscope"
    r"|cours de change|^\W*en direct\b|^\W*direct\s*[:|.,–-]|minute par minute|revue de presse"
    r"|weather forecast|prayer times|exchange rates|^\W*live\s*[|.–-]|\blive[,:]|as it happened"
    r"|live updates",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?<![\d-])(\d{1,2})\s?[-–:]\s?(\d{1,2})(?![\d-])")


def story_features(
    title: str,
    text: str,
    author: str = "",
    analyzed: tuple[AnalyzedText, AnalyzedText] | None = None,
) -> StoryFeatures:
    """Extract the features of an entry with this title and plain text, trailers included.

    `analyzed` are the title and the text if they have been analyzed already.
    """
    head, whole = analyzed or (analyze_text(title), analyze_text(text[:BODY_CHARACTERS]))
    body = whole.folded[:READ_WORDS]
    brief = len(body) < MIN_BODY_WORDS
    counts = _brief_terms(head) if brief else _repeated(head)
    counts.update(whole.terms[:BODY_WORDS])
    del counts[0]
    anchors = Counter(head.anchors)
    anchors.update(whole.anchors[:ANCHOR_WORDS])
    anchors.update(map(anchor_key, text_anchors(title)))
    anchors.update(map(anchor_key, text_anchors(text[:ANCHOR_CHARACTERS])))
    del anchors[0]
    return StoryFeatures(
        words=pack("I", counts),
        counts=_small(counts.values()),
        anchors=pack("I", anchors),
        anchor_counts=_small(anchors.values()),
        names=pack("I", _names(head, whole, text)),
        sketch=pack("I", sketch(body, compress(range(len(body)), whole.shingle_starts))),
        form=_title_form(title),
        figures=_title_figures(title),
        score=_score(title),
        serial=_SERIAL.search(title) is not None,
        brief=brief,
        agency=detect_agency(text, author),
    )


def _names(head: AnalyzedText, whole: AnalyzedText, text: str) -> set[int]:
    """Anchors of the names of places and people."""
    found = {head.anchors[place] for place in name_positions(head.folded)}
    found.update(whole.anchors[place] for place in name_positions(whole.folded[:ANCHOR_WORDS]))
    found.update(map(anchor_key, sentence_names(text[:ANCHOR_CHARACTERS])))
    found.discard(0)
    return found


def _small(counts: Iterable[int]) -> bytes:
    """Pack counts into one byte each."""
    try:
        return bytes(counts)
    except ValueError:
        return bytes([min(count, 255) for count in counts])


def _repeated(head: AnalyzedText) -> Counter[int]:
    """Count the terms of a headline above a text."""
    counts = Counter({0: 0})
    for term in head.terms:
        counts[term] += TITLE_WEIGHT
    return counts


def _brief_terms(head: AnalyzedText) -> Counter[int]:
    """Count the terms of a headline without a body."""
    counts = Counter({0: 0})
    for word, term in zip(head.folded, head.terms, strict=True):
        counts[term] += STEM_WEIGHT
        for gram in _gram_keys(word):
            counts[gram] += GRAM_WEIGHT
    return counts


@lru_cache(maxsize=20_000)
def _gram_keys(word: str) -> tuple[int, ...]:
    if word in STOP_WORDS or not "\u0620" <= word[0] <= "\u06ff":
        return ()
    starts = range(max(1, len(word) - GRAM + 1))
    return tuple(term_key("g" + word[start : start + GRAM]) for start in starts)


def _title_form(title: str) -> int:
    """Key of the title without figures, days and months; 0 if nothing is left."""
    bare = " ".join(_CALENDAR.sub(" ", _FIGURES.sub(" ", title)).split())
    return term_key("f" + bare.casefold()) if bare else 0


def _title_figures(title: str) -> int:
    """Key of the figures of a title; 0 for none."""
    found = _FIGURES.findall(title)
    return term_key("t" + " ".join(found)) if found else 0


def _score(title: str) -> int:
    """Key of the score in a headline, whichever side is named first; 0 for none."""
    found = _SCORE.search(title)
    if found is None:
        return 0
    goals = sorted((int(found[1]), int(found[2])))
    return term_key(f"r{goals[0]}-{goals[1]}")
