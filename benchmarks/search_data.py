"""The search index of `readers_data`, filled past the program with the words it would have.

Texts are put together from a stock, so the words of each piece are made once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from aggregator.process.analysis.search_document import index_words
from aggregator.storage.search.doc_ids import first_doc
from aggregator.storage.search.lexemes import tsvector_literal
from aggregator.text.stems import stem
from aggregator.types import SearchDocument

DOC_COLUMNS = "doc entry_id source_id feed_id language"
FTS_COLUMNS = "rowid title text title_stems text_stems facets"
VECTOR_COLUMNS = "doc length terms"
STATE_COLUMNS = "id version next_id first_id documents tokens words_up_to"
_LOW = (1 << 14) - 1


class Document(NamedTuple):
    """An entry and its number in the index."""

    doc: int
    entry_id: int
    source_id: int
    language: str
    words: SearchDocument


def documents(arrivals: Iterable[Any], texts: Any, languages: Sequence[str]) -> Iterator[Document]:
    """In the order of arrival; sort them by their numbers."""
    taken: set[int] = set()
    for each in arrivals:
        number = each.duplicate_of or each.id
        language = languages[each.source]
        doc = first_doc(each.published_at) | each.id & _LOW
        while doc in taken:
            doc += 1
        taken.add(doc)
        image = "i " if number % 3 else ""
        facets = f"all l{language} {image}gسياسه s{each.source} f{each.source}"
        words = _words(texts.title(number), texts.paragraphs(number), facets)
        yield Document(doc, each.id, each.source, language, words)


def _words(title: str, paragraphs: tuple[str, str], facets: str) -> SearchDocument:
    headline, _, number = title.rpartition(" ")
    of_title, stems = _forms(headline)
    (first, first_stems), (second, second_stems) = map(_forms, paragraphs)
    return SearchDocument(
        f"{of_title} {number}",
        f"{first} {second}",
        f"{stems} {number}",
        f"{first_stems} {second_stems}",
        facets,
    )


@cache
def _forms(text: str) -> tuple[str, str]:
    words = index_words(text)
    return " ".join(words), " ".join(map(stem, words))


def doc_rows(found: Iterable[Document]) -> Iterator[Sequence[Any]]:
    """Rows of `search_docs`."""
    return (
        # Each source has one feed, of the same number.
        (each.doc, each.entry_id, each.source_id, each.source_id, each.language)
        for each in found
    )


def fts_rows(found: Iterable[Document]) -> Iterator[Sequence[Any]]:
    """Rows of SQLite's index."""
    for each in found:
        words = each.words
        yield (each.doc, words.title, words.text, words.title_stems, words.text_stems,
               words.facets)  # fmt: skip


def vector_rows(found: Iterable[Document]) -> Iterator[Sequence[Any]]:
    """Rows of PostgreSQL's index."""
    return ((each.doc, each.words.length, tsvector_literal(each.doc, each.words)) for each in found)
