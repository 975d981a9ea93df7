"""Entries as version 1 of the index holds them: to take them out of it, and to find them meanwhile.

An index without contents forgets a document only by the very words that it was given. Remove this
file once no index of version 1 is left to renew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from aggregator.process.analysis.search_document import document_facets
from aggregator.process.analysis.word_features import MAX_WORD_LENGTH, MAX_WORDS
from aggregator.text.former_stems import former_stem
from aggregator.text.tokens import chunk_words
from aggregator.types import SearchDocument

FORMER_VERSION = 1
_INSIDE_NUMBER = re.compile(r"(?<=\d)[.,٬](?=\d)")


def build_former_document(
    title: str,
    text: str,
    *,
    author: str,
    language: str,
    categories: Iterable[str],
    has_image: bool,
) -> SearchDocument:
    """Return the words of an entry from its title and `searchable_text`, and facets."""
    head, body = _former_words(title), _former_words(text)
    return SearchDocument(
        title=" ".join(head),
        text=" ".join(body),
        title_stems=" ".join(map(former_stem, head)),
        text_stems=" ".join(map(former_stem, body)),
        facets=" ".join(document_facets(_former_words(author), language, categories, has_image)),
    )


def _former_words(text: str) -> list[str]:
    return [word[:MAX_WORD_LENGTH] for word in _split(text)[:MAX_WORDS]]


def _split(text: str) -> list[str]:
    """Split at white space and within numbers, as version 1 did."""
    return list(chain.from_iterable(chunk_words(_INSIDE_NUMBER.sub(" ", text).split())))
