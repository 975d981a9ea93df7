"""What of an entry is compared with others: made once, when it arrives, beside the parser."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from itertools import compress
from zlib import crc32

from aggregator.process.agencies import agency_of
from aggregator.process.packing import pack
from aggregator.process.reprints import begins_run, sketch
from aggregator.process.story_links import text_anchors, word_anchor
from aggregator.process.story_words import SILENT
from aggregator.text.stems import stem
from aggregator.text.tokens import folded_words
from aggregator.types import StoryTerms

WINDOW = timedelta(days=4)
"""An event that nobody wrote about for so long is over."""
TITLE_WEIGHT = 3
BODY_WORDS = 120
BODY_CHARACTERS = FOLDED_CHARACTERS = 1600
"""Beyond, nobody looks for what makes the event."""
ANCHOR_WORDS, ANCHOR_CHARACTERS = 120, 1200
"""Where the names and the figures of an article stand."""
BRIEF = 15
"""Words of a body below which the headline is all there is to compare."""
GRAM = 4
"""Without a body Arabic headlines are compared by runs of four letters too, which meet across
broken plurals and everything that Arabic writes onto a word."""
GRAM_WEIGHT = 4
STEM_WEIGHT = 1
LATIN_LENGTH = 6
"""Letters of a stem in Latin script: olympique, olympien, olympics. Arabic has no such suffixes."""

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
    r"|^\W*(?:مباشر|حصاد|رصد|نقطة السير|بالفيديو.. مباشر)\b"
    r"|météo (?:du|de ce|:)|prévisions météo|horaires? (?:de|des) prières?|horoscope"
    r"|cours de change|^\W*(?:en )?direct\b|minute par minute|revue de presse"
    r"|weather forecast|prayer times|exchange rates|^\W*live\b|\blive[,:]|as it happened"
    r"|live updates",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?<![\d-])(\d{1,2})\s?[-–:]\s?(\d{1,2})(?![\d-])")


_Keys = tuple[int, int, bool]
"""What a folded word counts for: its stem and its anchor (0: nothing), whether it begins a run."""
_NOTHING: tuple[tuple[int, ...], tuple[int, ...], tuple[bool, ...]] = ((), (), ())


class _Known(dict[str, _Keys]):
    """Newspapers repeat their words: a look-up here spares all the rest."""

    _MOST = 60_000

    def __missing__(self, word: str) -> _Keys:
        if len(self) >= self._MOST:
            self.clear()
        found = self[word] = _keys(word)
        return found


_known = _Known()


def story_terms(
    title: str, text: str, author: str = "", folded: tuple[str, str] | None = None
) -> StoryTerms:
    """What is compared of an entry with this title and plain text, trailers included.

    `folded` are the folded words of both, with spaces between them, where they are known already.
    """
    if folded is None:
        title_words, body = folded_words(title), folded_words(text[:BODY_CHARACTERS])
    else:
        title_words, body = folded[0].split(), folded[1][:FOLDED_CHARACTERS].split()
    stems, anchored, starts = zip(*map(_known.__getitem__, body), strict=True) if body else _NOTHING
    titled = [_known[word] for word in title_words]
    brief = len(body) < BRIEF
    counts = _brief_terms(title_words, titled) if brief else _repeated(titled)
    counts.update(stems[:BODY_WORDS])
    del counts[0]
    anchors = Counter([anchor for _, anchor, _ in titled])
    anchors.update(anchored[:ANCHOR_WORDS])
    anchors.update(map(_anchor_key, text_anchors(title)))
    anchors.update(map(_anchor_key, text_anchors(text[:ANCHOR_CHARACTERS])))
    del anchors[0]
    return StoryTerms(
        words=pack("I", counts),
        counts=_small(counts.values()),
        anchors=pack("I", anchors),
        anchor_counts=_small(anchors.values()),
        sketch=pack("I", sketch(body, compress(range(len(body)), starts))),
        form=_form(title),
        figures=_title_figures(title),
        score=_score(title),
        serial=_SERIAL.search(title) is not None,
        brief=brief,
        agency=agency_of(text, author),
    )


def _small(counts: Iterable[int]) -> bytes:
    """Counts of one byte each."""
    try:
        return bytes(counts)
    except ValueError:
        return bytes([min(count, 255) for count in counts])


def _repeated(title: list[_Keys]) -> Counter[int]:
    """The terms of a headline that stands above a text."""
    counts = Counter({0: 0})
    for key, _, _ in title:
        counts[key] += TITLE_WEIGHT
    return counts


def _brief_terms(words: list[str], title: list[_Keys]) -> Counter[int]:
    """The terms of a headline without a body."""
    counts = Counter({0: 0})
    for word, (key, _, _) in zip(words, title, strict=True):
        counts[key] += STEM_WEIGHT
        for gram in _gram_keys(word):
            counts[gram] += GRAM_WEIGHT
    return counts


def _keys(word: str) -> _Keys:
    if word in SILENT or len(word) < 2:
        return 0, 0, begins_run(word)
    stemmed = stem(word)
    if stemmed[0] < "\u0530":
        stemmed = stemmed[:LATIN_LENGTH]
    anchor = word_anchor(word)
    return _key("s" + stemmed), _anchor_key(anchor) if anchor else 0, begins_run(word)


@lru_cache(maxsize=20_000)
def _gram_keys(word: str) -> tuple[int, ...]:
    if word in SILENT or not "\u0620" <= word[0] <= "\u06ff":
        return ()
    starts = range(max(1, len(word) - GRAM + 1))
    return tuple(_key("g" + word[start : start + GRAM]) for start in starts)


def _key(term: str) -> int:
    return crc32(term.encode())


@lru_cache(maxsize=50_000)
def _anchor_key(anchor: str) -> int:
    """Odd for a figure, even for all else, so that figures can be told from names."""
    key = _key(anchor)
    return key | 1 if anchor[0] == "n" else key & ~1


def _form(title: str) -> int:
    """The title without figures, days and months; 0 where nothing is left."""
    bare = " ".join(_CALENDAR.sub(" ", _FIGURES.sub(" ", title)).split())
    return _key("f" + bare.casefold()) if bare else 0


def _title_figures(title: str) -> int:
    """The figures of a title; 0 for none."""
    found = _FIGURES.findall(title)
    return _key("t" + " ".join(found)) if found else 0


def _score(title: str) -> int:
    """The result that a headline gives, whichever side is named first."""
    found = _SCORE.search(title)
    if found is None:
        return 0
    goals = sorted((int(found[1]), int(found[2])))
    return _key(f"r{goals[0]}-{goals[1]}")
