"""Search hits: the matched entries with the words of the query highlighted."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import searchable_text
from aggregator.process.search.highlights import Highlighter, Needle, highlight, snippet
from aggregator.storage.listing import summaries
from aggregator.storage.search import expressions as ex
from aggregator.storage.search.compile import CompiledQuery
from aggregator.storage.search.index_query import Match
from aggregator.types import SearchHit

_SNIPPET_LENGTH = 220


def load_hits(
    session: Session,
    compiled: CompiledQuery,
    matches: Iterable[Match],
    reader_id: int | None,
    *,
    copies: bool,
) -> dict[int, SearchHit]:
    """Load the entries of `matches` by id; with `copies`, name the other sources of each."""
    ids = [match.entry_id for match in matches]
    entries = summaries.summaries_by_id(session, ids, reader_id, copies=copies)
    contents = summaries.contents_by_id(session, ids)
    in_title = Highlighter(_needles(compiled))
    in_text = in_title.without_title_needles()
    hits = {}
    for id_, entry in entries.items():
        text = searchable_text(entry.summary, contents.get(id_, ""))
        hits[id_] = SearchHit(
            entry, highlight(entry.title, in_title), snippet(text, in_text, _SNIPPET_LENGTH)
        )
    return hits


def _needles(compiled: CompiledQuery) -> list[Needle]:
    """The terms to highlight, longest phrase first."""
    needles = []
    for term in ex.terms_of(ex.conjunction(*compiled.required, *compiled.others)):
        if isinstance(term, ex.PrefixTerm):
            needles.append(Needle("prefix", (term.token,), term.title_only))
        elif isinstance(term, ex.ExactPhrase):
            needles.append(Needle("exact", term.tokens, term.title_only))
        elif not term.former:
            needles.append(Needle("stems", term.tokens, term.title_only))
    return sorted(needles, key=lambda needle: -len(needle.tokens))
