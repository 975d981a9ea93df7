"""How much a change of an entry's text says: from a typo to another substance.

A figure or a name counts more than any number of other words; what counts most is what turns a text
around or what a sentence more or less says. See docs/decisions/0021-revisions.md for the order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aggregator.process.revisions.difference import Replacement, replacements, split_words
from aggregator.process.revisions.noise import significant_line, significant_text
from aggregator.process.revisions.vocabulary import (
    ANNOUNCEMENT,
    NEGATIONS,
    NUMBERS,
    OPPOSITES,
    RETRACTION,
)
from aggregator.process.stories.names import name_positions
from aggregator.text.function_words import is_function_word
from aggregator.text.normalize import fold_word
from aggregator.text.stems import stem
from aggregator.types import Change, ChangeSize, EntryText

# Minimum words of substance that one change of a body adds or removes to change what it says.
MIN_SENTENCE = 7
# Minimum share of the words of a headline to stay if it still says the same.
MIN_KEPT_HEADLINE = 0.5
# Minimum letters of words that one letter may tell apart by mistake, and two.
MIN_TYPO_LETTERS, MIN_LONG_WORD = 4, 8
# Words of a body in which its summary is looked for, and how many of the summary.
_BEGINNING, _SAMPLE = 120, 12
_CAPITALIZED = re.compile(r"[A-ZÀ-ÖØ-Þ][\w’'-]+")
_MARK = re.compile("[.,\u066b\u066c]")
_GROUPED = re.compile(rf"\d{{1,3}}(?:{_MARK.pattern}\d{{3}})+\D*")
_SENTENCE_END = frozenset('.!?؟:"(-')


def compare(before: EntryText, after: EntryText) -> Change | None:
    """Return what changed from one version of an entry to the next; None for noise alone."""
    titles = _differences(significant_line(before.title), significant_line(after.title))
    old, new = significant_text(before.content), significant_text(after.content)
    parts = [titles, _differences(old, new)]
    if not (_is_beginning(before.summary, old) and _is_beginning(after.summary, new)):
        summaries = significant_line(before.summary), significant_line(after.summary)
        parts.append(_differences(*summaries))
    if not any(part.changed for part in parts):
        return None
    retracted = _notes(RETRACTION, after, new) > _notes(RETRACTION, before, old)
    return Change(
        size="substance" if retracted else _size(titles, parts),
        silent=_notes(ANNOUNCEMENT, after, new) <= _notes(ANNOUNCEMENT, before, old),
        title_changed=bool(titles.changed),
    )


@dataclass(frozen=True, slots=True)
class _Differences:
    """Two texts, as words and punctuation, and what differs between them."""

    before: Sequence[str]
    after: Sequence[str]
    changed: Sequence[Replacement]

    @property
    def removed(self) -> list[str]:
        """Words that are gone, punctuation left out; with those that only moved."""
        return _words(word for each in self.changed for word in each.removed)

    @property
    def added(self) -> list[str]:
        """Words that were not there before."""
        return _words(word for each in self.changed for word in each.added)

    def without_typos(self) -> _Differences:
        """The same without what only mends or makes typos."""
        serious = [each for each in self.changed if not _is_typo(each)]
        return replace(self, changed=serious)


def _differences(before: str, after: str) -> _Differences:
    if before == after:
        return _Differences((), (), ())
    old, new = split_words(before), split_words(after)
    return _Differences(old, new, replacements(old, new))


def _words(tokens: Iterable[str]) -> list[str]:
    return [token for token in tokens if token[0].isalnum()]


def _size(titles: _Differences, parts: Sequence[_Differences]) -> ChangeSize:
    if any(map(_is_turned, parts)) or _is_other_headline(titles):
        return "substance"
    if any(map(_is_extended, parts)):
        return "substance"
    parts = [part.without_typos() for part in parts]
    if not any(part.changed for part in parts):
        return "typo"
    if any(map(_has_other_names, parts)):
        return "names"
    if any(map(_has_other_figures, parts)):
        return "figures"
    return "wording"


# --- substance ---------------------------------------------------------------------------------


def _is_turned(part: _Differences) -> bool:
    """Whether a negation came or went, or a word gave way to its opposite."""
    for each in part.changed:
        removed, added = _folded(each.removed), _folded(each.added)
        if (removed & NEGATIONS) != (added & NEGATIONS):
            return True
        if any(OPPOSITES.get(word, frozenset()) & added for word in removed):
            return True
    return False


def _folded(tokens: Iterable[str]) -> set[str]:
    return set(map(fold_word, _words(tokens)))


def _is_other_headline(titles: _Differences) -> bool:
    """Whether most of a headline's words are gone: those that another form of may stand in for."""
    before, after = (Counter(_stems(words)) for words in (titles.before, titles.after))
    kept = (before & after).total()
    return bool(titles.changed) and kept < MIN_KEPT_HEADLINE * min(before.total(), after.total())


def _is_extended(part: _Differences) -> bool:
    """Whether a statement was added, removed or replaced, not only worded otherwise or moved."""
    removed, added = Counter(_stems(part.removed)), Counter(_stems(part.added))
    gone, came = (removed - added).total(), (added - removed).total()
    if min(gone, came) >= MIN_SENTENCE:
        return True
    return max(gone, came) >= MIN_SENTENCE and any(
        max(len(_stems(each.removed)), len(_stems(each.added))) >= MIN_SENTENCE
        and abs(len(_words(each.removed)) - len(_words(each.added))) >= MIN_SENTENCE / 2
        for each in part.changed
    )


def _stems(words: Iterable[str]) -> list[str]:
    """The stems of the words that say something."""
    folded = (fold_word(word) for word in words if word[0].isalnum())
    return [stem(word) for word in folded if not is_function_word(word)]


# --- figures and names ---------------------------------------------------------------------------


def _has_other_figures(part: _Differences) -> bool:
    return _figures(part.removed) != _figures(part.added)


def _figures(words: Iterable[str]) -> Counter[str]:
    """The figures among words: "3", "three" and "ثلاثة" are one."""
    folded = [(word, fold_word(word)) for word in words]
    return Counter(
        NUMBERS.get(known) or _figure(word)
        for word, known in folded
        if known in NUMBERS or any(map(str.isdigit, word))
    )


def _figure(word: str) -> str:
    """A figure without the marks that each country groups and divides its digits with."""
    if _GROUPED.fullmatch(word):
        return _MARK.sub("", word)
    return _MARK.sub(".", word)


def _has_other_names(part: _Differences) -> bool:
    """Whether a name came, went or gave way to another one, and is not only spelled otherwise."""
    gone, came = set(part.removed), set(part.added)
    removed, added = _names(part.before) & gone, _names(part.after) & came
    # What only moved, or was a common word before, is no other name.
    removed, added = removed - set(part.after), added - set(part.before)
    return any(not _is_respelled(name, came) for name in removed) or any(
        not _is_respelled(name, gone) for name in added
    )


def _is_respelled(name: str, others: Iterable[str]) -> bool:
    return any(_is_slip(name, other) or stem(fold_word(name)) == stem(fold_word(other))
               for other in others)  # fmt: skip


def _names(tokens: Sequence[str]) -> set[str]:
    """The words that are names: Latin ones by their capitals, Arabic ones by tables."""
    words = _words(tokens)
    folded = [fold_word(word) for word in words]
    arabic = {words[place] for place in name_positions(folded)}
    latin = {
        word
        for place, word in enumerate(tokens)
        if place and tokens[place - 1] not in _SENTENCE_END and _CAPITALIZED.fullmatch(word)
    }
    return {word for word in arabic | latin if not word[0].isdigit()}


# --- typos ---------------------------------------------------------------------------------------


def _is_typo(change: Replacement) -> bool:
    """Whether only punctuation, spacing or single letters of words were mended."""
    removed, added = _words(change.removed), _words(change.added)
    if "".join(removed) == "".join(added):
        return True
    if not removed or not added:
        return [*removed, *added] == [change.previous]  # a word stood there twice
    return len(removed) == len(added) and all(map(_is_slip, removed, added))


def _is_slip(one: str, other: str) -> bool:
    """Whether two words differ by what a hurried hand does."""
    if fold_word(one) == fold_word(other) or (one[0].isdigit() and _figure(one) == _figure(other)):
        return True
    letters = min(len(one), len(other))
    if letters < MIN_TYPO_LETTERS or not (one + other).isalpha():
        return False
    allowed = 2 if letters >= MIN_LONG_WORD else 1
    return _edits(fold_word(one), fold_word(other), allowed) <= allowed


def _edits(one: str, other: str, most: int) -> int:
    """The letters to add, drop, replace or swap with the next one; more than `most` is not exact.

    Optimal string alignment distance.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for a, left in enumerate(one, 1):
        last, before, row = before, row, [a]
        for b, right in enumerate(other, 1):
            cost = min(before[b] + 1, row[b - 1] + 1, before[b - 1] + (left != right))
            swapped = a > 1 and b > 1 and left == other[b - 2] and one[a - 2] == right
            row.append(min(cost, last[b - 2] + 1) if swapped else cost)
    return row[-1]


# --- summaries and announcements -----------------------------------------------------------------


def _is_beginning(summary: str, text: str) -> bool:
    """Whether a summary is the beginning of a text, which then says all that it says."""
    start = " ".join(split_words(significant_line(summary.rstrip(".… ")))[:_SAMPLE])
    return start in " ".join(split_words(text)[:_BEGINNING])


def _notes(kind: re.Pattern[str], version: EntryText, text: str) -> int:
    """How often a version says that it was changed, or taken back."""
    return len(kind.findall(f"{version.title}\n{text}"))
