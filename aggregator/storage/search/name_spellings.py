"""Names that no table has: a word that occurs nowhere may occur in the other script."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.storage.search import vocabulary
from aggregator.text.equivalents import equivalents
from aggregator.text.names import names
from aggregator.text.transliteration import beginnings, could_be_spelt, spells

# Maximum spellings to search for, the most frequent first.
_MAX_SPELLINGS = 8


def other_spellings(session: Session, word: str) -> list[str]:
    """List words of the other script that spell a folded word; only if it occurs nowhere itself.

    So ordinary words are left alone: they occur, and would be like too many others.
    """
    if not could_be_spelt(word) or names().of([word]) or equivalents().of([word]):
        return []
    if vocabulary.word_frequencies(session, [word]):
        return []
    found = {
        other: entries
        for other, entries in vocabulary.words_beginning(session, beginnings(word)).items()
        if spells(word, other)
    }
    return sorted(found, key=lambda other: (-found[other], other))[:_MAX_SPELLINGS]
