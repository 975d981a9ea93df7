"""From the tree of a query to what the index and the tables beside it are asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.errors import PermissionDenied
from aggregator.process.analysis.search_document import (
    author_facets,
    category_facet,
    index_words,
    language_facet,
)
from aggregator.process.analysis.word_features import MAX_WORD_LENGTH
from aggregator.query import (
    And,
    Field,
    Not,
    Or,
    Phrase,
    Prefix,
    RelativeDate,
    Tree,
    Word,
    resolve_date,
)
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.models import Feed
from aggregator.storage.search import expressions as ex
from aggregator.storage.search.doc_ids import first_doc
from aggregator.storage.search.index_query import Condition, IndexQuery, SqlBuilder
from aggregator.storage.search.prefix_expansion import expand_prefixes
from aggregator.text.function_words import is_function_word
from aggregator.text.stems import stem
from aggregator.text.tag_key import tag_key
from aggregator.text.tokens import folded_words
from aggregator.types import SourceRef


@dataclass(frozen=True, slots=True)
class QueryContext:
    """From where a query is asked: who, and which day it is there."""

    reader: int | None
    today: date
    zone: tzinfo


@dataclass(slots=True)
class CompiledQuery:
    """What a query asks for."""

    asked: IndexQuery
    """All of it."""
    required: tuple[ex.Expression, ...] = ()
    """Its words and alternatives of words, each of which should be there."""
    others: tuple[ex.Expression, ...] = ()
    """What else is asked of the index: sources, excluded words …"""
    unknown: list[str] = field(default_factory=list)
    """Sources that nobody knows."""

    def intersect(self, more: CompiledQuery) -> CompiledQuery:
        """What both ask for; only the words of this one count as wanted."""
        mine, theirs = self.asked, more.asked
        asked = IndexQuery(
            ex.conjunction(mine.expression, theirs.expression),
            max(mine.start, theirs.start),
            min(mine.end, theirs.end),
            (*mine.conditions, *theirs.conditions),
        )
        others = (*self.others, *more.required, *more.others)
        return CompiledQuery(asked, self.required, others, [*self.unknown, *more.unknown])

    def restrict_to_sources(self, ids: Iterable[int]) -> CompiledQuery:
        """Only what these sources have."""
        return self._with(ex.Or(tuple(ex.Facet((f"s{id_}",)) for id_ in ids)))

    def restrict_to_feed(self, id_: int) -> CompiledQuery:
        """Only what this feed has."""
        return self._with(ex.Facet((f"f{id_}",)))

    def exclude_sources(self, ids: Collection[int]) -> CompiledQuery:
        """Nothing that these sources have."""
        if not ids:
            return self

        def elsewhere(writing: SqlBuilder) -> str:
            return f"d.source_id NOT IN ({', '.join(map(writing.bind, sorted(ids)))})"

        asked = replace(self.asked, conditions=(*self.asked.conditions, elsewhere))
        return CompiledQuery(asked, self.required, self.others, self.unknown)

    def _with(self, other: ex.Expression) -> CompiledQuery:
        asked = replace(self.asked, expression=ex.conjunction(self.asked.expression, other))
        return CompiledQuery(asked, self.required, (*self.others, other), self.unknown)

    def any_of(self, wanted: Iterable[ex.Expression]) -> IndexQuery:
        """As `asked`, but for entries with some of `required` and not all of the words."""
        expression = ex.conjunction(*self.others, ex.Or(tuple(wanted)))
        return replace(self.asked, expression=expression, without=ex.And(self.required))


def compile_query(session: Session, tree: Tree, standing: QueryContext) -> CompiledQuery:
    """What `tree` asks of this database.

    Raises PermissionDenied where it asks for what only a reader has. A name that nobody knows finds
    nothing and is told in `unknown`.
    """
    compiler = _Compiler(session, standing)
    parts = _drop_function_words(tree.parts) if isinstance(tree, And) else (tree,)
    asked, conditions = IndexQuery(), []
    wanted: list[ex.Expression] = []
    others: list[ex.Expression] = []
    for part in parts:
        if isinstance(part, Field) and isinstance(part.value, date | RelativeDate):
            asked = _restrict_dates(asked, part.name, compiler.doc_of(part.value))
            continue
        expression = compiler.expression(part)
        if expression is None:
            conditions.append(compiler.condition(part))
        elif ex.terms_of(expression) and not isinstance(expression, ex.And):
            wanted.append(expression)
        elif expression != ex.MATCH_ALL:
            others.append(expression)
    wanted = list(dict.fromkeys(wanted))
    asked = replace(
        asked, expression=ex.conjunction(*wanted, *others), conditions=tuple(conditions)
    )
    return CompiledQuery(asked, tuple(wanted), tuple(others), compiler.unknown)


def _drop_function_words(parts: Sequence[Tree]) -> list[Tree]:
    """Without words that only join others, unless there is nothing else."""
    kept = [
        part for part in parts if not (isinstance(part, Word) and _has_only_function_words(part))
    ]
    return kept if any(isinstance(part, Word | Phrase | Prefix) for part in kept) else list(parts)


def _has_only_function_words(word: Word) -> bool:
    return all(map(is_function_word, index_words(word.text)))


def _restrict_dates(asked: IndexQuery, name: str, doc: int) -> IndexQuery:
    if name == "after":
        return replace(asked, start=max(asked.start, doc))
    return replace(asked, end=min(asked.end, doc))


class _Compiler:
    def __init__(self, session: Session, standing: QueryContext) -> None:
        self._session = session
        self._standing = standing
        self._refs: Collection[SourceRef] | None = None
        self.unknown: list[str] = []

    # --- what the index knows ----------------------------------------------------------------

    def expression(self, tree: Tree) -> ex.Expression | None:
        """`tree` for the index; None where it takes more than that."""
        if isinstance(tree, And | Or):
            parts = [self.expression(part) for part in tree.parts]
            known = tuple(part for part in parts if part is not None)
            if len(known) < len(parts):
                return None
            return ex.conjunction(*known) if isinstance(tree, And) else ex.Or(known)
        if isinstance(tree, Not):
            part = self.expression(tree.part)
            return None if part is None else ex.Not(part)
        if isinstance(tree, Field):
            return self._field(tree)
        return self._text(tree)

    def _text(self, value: Word | Prefix | Phrase, *, title_only: bool = False) -> ex.Expression:
        return expand_prefixes(self._session, text_expression(value, title_only=title_only))

    def _field(self, asked: Field) -> ex.Expression | None:
        name, value = asked.name, asked.value
        if isinstance(value, Word | Prefix | Phrase):
            return self._text(value, title_only=True) if name == "title" else _author(value)
        if not isinstance(value, str) or name in ("tag", "is"):
            return None
        if name == "has":
            return ex.Facet(("i",))
        if name == "lang":
            return ex.Facet((language_facet(value),))
        if name == "section":
            return self._section(value)
        if name == "country":
            return _of_sources(ref for ref in self._sources() if ref.country == value)
        return self._source(value)

    def _source(self, typed: str) -> ex.Expression:
        found = find_sources_by_name(self._sources(), typed)
        if not found:
            self.unknown.append(typed)
        return _of_sources(found)

    def _section(self, typed: str) -> ex.Expression:
        facet = category_facet(typed)
        feeds = self._session.execute(select(Feed.id, Feed.section)).all()
        of_feeds = [f"f{row.id}" for row in feeds if facet == category_facet(row.section)]
        return ex.Or(tuple(ex.Facet((each,)) for each in (facet or "nothing", *of_feeds)))

    def _sources(self) -> Collection[SourceRef]:
        if self._refs is None:
            self._refs = source_refs(self._session).values()
        return self._refs

    # --- what only the tables beside it know ---------------------------------------------------

    def condition(self, tree: Tree) -> Condition:
        """`tree` as SQL about a document."""
        expression = self.expression(tree)
        if expression is not None:
            return lambda writing: writing.match(expression)
        if isinstance(tree, Not):
            inner = self.condition(tree.part)
            return lambda writing: f"NOT ({inner(writing)})"
        if isinstance(tree, And | Or):
            word = " AND " if isinstance(tree, And) else " OR "
            parts = [self.condition(part) for part in tree.parts]
            return lambda writing: word.join(f"({part(writing)})" for part in parts)
        assert isinstance(tree, Field)
        return self._of_tables(tree)

    def _of_tables(self, asked: Field) -> Condition:
        value = asked.value
        if isinstance(value, date | RelativeDate):
            doc, sign = self.doc_of(value), ">=" if asked.name == "after" else "<"
            return lambda writing: f"d.doc {sign} {writing.bind(doc)}"
        reader = self._standing.reader
        if reader is None:
            raise PermissionDenied("tag.list" if asked.name == "tag" else "entry.mark")
        if asked.name == "tag":
            return _tagged(reader, tag_key(str(value)))
        return _unread(reader) if value == "unread" else _starred(reader)

    def doc_of(self, day: date | RelativeDate) -> int:
        """The first document of that day."""
        start = resolve_date(day, self._standing.today)
        if start.year < 1990:
            return 0
        return first_doc(datetime.combine(start, time(), self._standing.zone))


def find_sources_by_name(refs: Iterable[SourceRef], typed: str) -> list[SourceRef]:
    """The sources of that slug or name; else those with these words in their names."""
    refs = list(refs)
    slug, words = typed.strip().lower(), folded_words(typed)
    exact = [ref for ref in refs if ref.slug == slug or words in _names(ref)]
    return exact or [
        ref for ref in refs if words and any(_contains_run(words, name) for name in _names(ref))
    ]


def _names(ref: SourceRef) -> list[list[str]]:
    return [folded_words(name) for name in (ref.name.ar, ref.name.fr, ref.name.en)]


def _contains_run(words: Sequence[str], name: Sequence[str]) -> bool:
    length = len(words)
    return any(name[at : at + length] == words for at in range(len(name) - length + 1))


# --- words -----------------------------------------------------------------------------------


def text_expression(value: Word | Prefix | Phrase, *, title_only: bool = False) -> ex.Expression:
    words = tuple(index_words(value.text))
    if not words:
        return ex.MATCH_ALL
    if isinstance(value, Phrase):
        return ex.ExactPhrase(words, title_only)
    if isinstance(value, Prefix):
        begins = ex.PrefixTerm(words[-1][:MAX_WORD_LENGTH], title_only)
        return ex.conjunction(*(ex.ExactPhrase((word,), title_only) for word in words[:-1]), begins)
    return ex.StemPhrase(tuple(map(stem, words)), title_only)


def _author(value: Word | Prefix | Phrase) -> ex.Expression:
    tokens = author_facets(value.text)
    return ex.Facet(tokens) if tokens else ex.MATCH_ALL


def _of_sources(refs: Iterable[SourceRef]) -> ex.Expression:
    return ex.Or(tuple(ex.Facet((f"s{ref.id}",)) for ref in refs))


# --- what belongs to a reader ------------------------------------------------------------------


def _tagged(reader: int, key: str) -> Condition:
    def write(writing: SqlBuilder) -> str:
        return (
            "d.entry_id IN (SELECT e.entry_id FROM entry_tags e JOIN tags t ON t.id = e.tag_id"
            f" WHERE t.user_id = {writing.bind(reader)} AND t.name_key = {writing.bind(key)})"
        )

    return write


def _starred(reader: int) -> Condition:
    def write(writing: SqlBuilder) -> str:
        return f"d.entry_id IN (SELECT entry_id FROM stars WHERE user_id = {writing.bind(reader)})"

    return write


def _unread(reader: int) -> Condition:
    def write(writing: SqlBuilder) -> str:
        user = writing.bind(reader)
        own = f"SELECT read FROM read_exceptions WHERE user_id = {user} AND entry_id = d.entry_id"
        mark = f"SELECT up_to FROM read_marks WHERE user_id = {user} AND source_id = d.source_id"
        return f"NOT coalesce(({own}), d.entry_id <= coalesce(({mark}), 0))"

    return write
