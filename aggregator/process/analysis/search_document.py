"""Entries as the search index holds them; made of a stored entry, they are the same again.

Facets are tokens of their own: `all`; `l` and the language; `i` where there is a picture; `g` and a
category; `a` and each word of the author's name. Storage adds `s` and `f`
with the ids of source and feed.
"""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.process.analysis.word_features import MAX_WORD_LENGTH, AnalyzedText
from aggregator.process.entries.fingerprint import strip_trailers
from aggregator.process.html.text import sanitized_to_text
from aggregator.text.tokens import folded_words
from aggregator.types import SearchDocument

# Raise it with any change to tokens, stems or `text.frequent_words`: the index is then rebuilt.
INDEX_VERSION = 2
# Letters of a summary to compare with the beginning of a text.
_SAME = 60


def build_search_document(
    title: AnalyzedText,
    text: AnalyzedText,
    *,
    author: str,
    language: str,
    categories: Iterable[str],
    has_image: bool,
) -> SearchDocument:
    """Return the words of an entry from its analyzed title and `searchable_text`, and facets."""
    return SearchDocument(
        title=" ".join(title.folded),
        text=" ".join(text.folded),
        title_stems=" ".join(title.stems),
        text_stems=" ".join(text.stems),
        facets=" ".join(document_facets(index_words(author), language, categories, has_image)),
    )


def searchable_text(summary: str, content: str) -> str:
    """Return what is searched beside the title: the body, and a summary that differs from it.

    `content` is sanitized HTML, `summary` plain text.
    """
    return prepend_summary(summary, strip_trailers(sanitized_to_text(content)))


def prepend_summary(summary: str, text: str) -> str:
    """Do the same for the plain text of a body without trailers."""
    if summary and summary[:_SAME].rstrip("…") not in text:
        return f"{summary} {text}"
    return text


def index_words(text: str) -> list[str]:
    """Return the folded words of `text`, cut to `MAX_WORD_LENGTH`."""
    found = folded_words(text)
    if len(max(found, key=len, default="")) > MAX_WORD_LENGTH:
        return [word[:MAX_WORD_LENGTH] for word in found]
    return found


def category_facet(category: str) -> str:
    """Return the token of a category; "" if its name has no letters."""
    name = "".join(folded_words(category))[:MAX_WORD_LENGTH]
    return f"g{name}" if name else ""


def author_facets(author: str) -> tuple[str, ...]:
    """Return the tokens of an author's name, in order."""
    return tuple(f"a{word}" for word in index_words(author))


def language_facet(language: str) -> str:
    """Return the token of a language code."""
    return f"l{language.lower()}"


def document_facets(
    author: Iterable[str], language: str, categories: Iterable[str], has_image: bool
) -> list[str]:
    """Return the facets of an entry; `author` are the folded words of the name."""
    facets = ["all", language_facet(language)]
    facets += ["i"] if has_image else []
    facets += filter(None, map(category_facet, categories))
    facets += [f"a{word}" for word in author]
    return facets
