"""Words, prefixes, phrases and names of a query as expressions of the index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from aggregator.process.analysis.search_document import index_words
from aggregator.process.analysis.word_features import MAX_WORD_LENGTH
from aggregator.query import Phrase, Prefix, TextNode, Tree, Word
from aggregator.query.word_forms import phrase_starts
from aggregator.storage.search import expressions as ex
from aggregator.text.equivalents import equivalents
from aggregator.text.former_stems import former_stem
from aggregator.text.names import names, printed_names
from aggregator.text.stems import stem


def text_expression(
    value: TextNode, *, title_only: bool = False, former: bool = False
) -> ex.Expression:
    """Compile a word, prefix or phrase; `MATCH_NONE` if it has no letters or digits.

    `former` adds the stems of the version before, while part of the index has those.
    """
    words = tuple(index_words(value.text))
    if not words:
        return ex.MATCH_NONE
    if isinstance(value, Phrase):
        return any_of(
            ex.ExactPhrase((start, *words[1:]), title_only) for start in phrase_starts(words)
        )
    if isinstance(value, Prefix):
        prefix = ex.PrefixTerm(words[-1][:MAX_WORD_LENGTH], title_only)
        return ex.conjunction(*(ex.ExactPhrase((word,), title_only) for word in words[:-1]), prefix)
    return _word_expression(words, title_only=title_only, former=former)


def _word_expression(words: Sequence[str], *, title_only: bool, former: bool) -> ex.Expression:
    """A word in any form, or what stands for it."""
    own = ex.StemPhrase(tuple(map(stem, words)), title_only)
    others = _other_names(words, title_only=title_only)
    if former:
        parts = [part for word in words for part in _digit_groups(word)]
        before = ex.StemPhrase(tuple(map(former_stem, parts)), title_only, former=True)
        others += [before] if before.tokens != own.tokens else []
    return any_of((own, *others))


def _other_names(words: Sequence[str], *, title_only: bool = False) -> list[ex.Expression]:
    """What stands for all of these words: other words by their stems, other names as written."""
    printed = (each for name in names().of(words) for each in printed_names(name))
    return [
        *(ex.StemPhrase(name, title_only) for name in equivalents().of(words)),
        *(ex.ExactPhrase(name, title_only) for name in printed),
    ]


def _digit_groups(word: str) -> list[str]:
    """10000 as the version before had it, where the text has a separator: 10 000."""
    if not word.isdigit() or len(word) < 5:
        return [word]
    first = len(word) % 3
    return [*([word[:first]] if first else []), *re.findall("...", word[first:])]


def any_of(parts: Iterable[ex.Expression]) -> ex.Expression:
    """One of these."""
    alternatives = tuple(dict.fromkeys(parts))
    return alternatives[0] if len(alternatives) == 1 else ex.Or(alternatives)


def name_at(parts: Sequence[Tree], start: int, *, former: bool) -> list[ex.Expression]:
    """The longest name of several words that begins at a part, as expressions; empty for none.

    One for each word of the name: (a or name) and (b or name) is (a and b) or name, and what has
    only some of the words is still found as such. What an acronym stands for is one expression.
    """
    longest = max(equivalents().longest, names().longest)
    end = start
    while end < len(parts) and end - start < longest and isinstance(parts[end], Word):
        end += 1
    for stop in range(end, start + 1, -1):
        texts = [part.text for part in parts[start:stop] if isinstance(part, Word)]
        words = [word for text in texts for word in index_words(text)]
        others = _other_names(words)
        if not others:
            continue
        own = [text_expression(Word(text), former=former) for text in texts]
        if equivalents().of(words):
            whole = any_of((ex.conjunction(*own), *others))
            return [whole] * len(texts)
        return [any_of((each, *others)) for each in own]
    return []
