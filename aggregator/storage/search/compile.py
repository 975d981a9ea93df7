"""Compile the tree of a query into an index query."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, tzinfo

from sqlalchemy.orm import Session

from aggregator.errors import PermissionDenied
from aggregator.process.analysis.search_document import (
    author_facets,
    index_words,
    language_facet,
)
from aggregator.process.owners import OwnerTree
from aggregator.query import (
    And,
    Field,
    FieldName,
    Not,
    Or,
    RelativeDate,
    TextNode,
    Tree,
    Word,
    resolve_date,
)
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.feeds.owners import load_owners
from aggregator.storage.search import expressions as ex
from aggregator.storage.search.doc_ids import first_doc
from aggregator.storage.search.index_query import Condition, IndexQuery, SqlBuilder
from aggregator.storage.search.indexing import is_renewed
from aggregator.storage.search.name_index import NameIndex
from aggregator.storage.search.name_spellings import other_spellings
from aggregator.storage.search.prefix_expansion import expand_prefixes
from aggregator.storage.search.sections import SectionFeeds
from aggregator.storage.search.text_expressions import any_of, name_at, text_expression
from aggregator.storage.search.word_pairs import require_pairs
from aggregator.text.function_words import is_function_word
from aggregator.text.tag_key import tag_key
from aggregator.types import SourceRef

# Earlier dates mean "from the beginning": document numbers start in this year.
_FIRST_YEAR = 1990


@dataclass(frozen=True, slots=True)
class QueryContext:
    """What the meaning of a query depends on beside its text."""

    reader: int | None
    """Id of the reader; None for an anonymous visitor."""
    today: date
    zone: tzinfo


@dataclass(slots=True)
class CompiledQuery:
    """An index query, and the parts it was made of."""

    index_query: IndexQuery
    """The whole query."""
    required: tuple[ex.Expression, ...] = ()
    """Words and alternatives of words: partial matches have some of these."""
    others: tuple[ex.Expression, ...] = ()
    """Everything else in the index: sources, excluded words and the like."""
    unknown: list[str] = field(default_factory=list)
    """Source names that match no source."""
    unknown_owners: list[str] = field(default_factory=list)
    """Owner names that match no owner."""

    def intersect(self, other: CompiledQuery) -> CompiledQuery:
        """Match both queries; only the words of this one stay `required`."""
        mine, theirs = self.index_query, other.index_query
        both = IndexQuery(
            ex.conjunction(mine.expression, theirs.expression),
            max(mine.start, theirs.start),
            min(mine.end, theirs.end),
            (*mine.conditions, *theirs.conditions),
        )
        others = (*self.others, *other.required, *other.others)
        unknown = [*self.unknown, *other.unknown]
        unknown_owners = [*self.unknown_owners, *other.unknown_owners]
        return CompiledQuery(both, self.required, others, unknown, unknown_owners)

    def restrict_to_sources(self, ids: Iterable[int]) -> CompiledQuery:
        """Match only entries of these sources."""
        return self._restrict(ex.Or(tuple(ex.Facet((f"s{id_}",)) for id_ in ids)))

    def restrict_to_feed(self, id_: int) -> CompiledQuery:
        """Match only entries of this feed."""
        return self._restrict(ex.Facet((f"f{id_}",)))

    def _restrict(self, expression: ex.Expression) -> CompiledQuery:
        query = self.index_query
        query = replace(query, expression=ex.conjunction(query.expression, expression))
        return replace(self, index_query=query, others=(*self.others, expression))

    def exclude_sources(self, ids: Collection[int]) -> CompiledQuery:
        """Match no entries of these sources."""
        if not ids:
            return self

        def of_other_source(sql: SqlBuilder) -> str:
            return f"d.source_id NOT IN ({', '.join(map(sql.bind, sorted(ids)))})"

        query = self.index_query
        query = replace(query, conditions=(*query.conditions, of_other_source))
        return replace(self, index_query=query)

    def match_some(self, alternatives: Iterable[ex.Expression]) -> IndexQuery:
        """The index query for entries with any of `alternatives` but not all of `required`."""
        expression = ex.conjunction(*self.others, ex.Or(tuple(alternatives)))
        return replace(self.index_query, expression=expression, without=ex.And(self.required))


def compile_query(session: Session, tree: Tree, context: QueryContext) -> CompiledQuery:
    """Compile `tree` for the session's database.

    An unknown source matches nothing and is listed in `unknown`. Raises PermissionDenied where an
    anonymous visitor asks for tags, stars or unread entries.
    """
    compiler = _Compiler(session, context)
    parts = _drop_function_words(tree.parts) if isinstance(tree, And) else (tree,)
    query = IndexQuery()
    conditions: list[Condition] = []
    required: dict[ex.Expression, None] = {}
    others: list[ex.Expression] = []
    skip = 0
    for number, part in enumerate(parts):
        if skip:
            skip -= 1
            continue
        if name := name_at(parts, number, former=compiler.former):
            required |= dict.fromkeys(name)
            skip = len(name) - 1
            continue
        if isinstance(part, Field) and isinstance(part.value, date | RelativeDate):
            query = _restrict_dates(query, part.name, compiler.first_doc_of(part.value))
            continue
        expression = compiler.expression(part)
        if expression is None:
            conditions.append(compiler.condition(part))
        elif ex.terms_of(expression) and not isinstance(expression, ex.And):
            required[expression] = None
        elif expression != ex.MATCH_ALL:
            others.append(expression)
    query = replace(
        query, expression=ex.conjunction(*required, *others), conditions=tuple(conditions)
    )
    return CompiledQuery(
        query, tuple(required), tuple(others), compiler.unknown, compiler.unknown_owners
    )


def _drop_function_words(parts: Sequence[Tree]) -> list[Tree]:
    """Drop function words and those without letters, unless no other words would be left."""
    kept = [part for part in parts if not _adds_nothing(part)]
    return kept if any(isinstance(part, TextNode) for part in kept) else list(parts)


def _adds_nothing(part: Tree) -> bool:
    """Whether a part has nothing that the index knows, or a function word."""
    if not isinstance(part, TextNode):
        return False
    words = index_words(part.text)
    return not words or (isinstance(part, Word) and all(map(is_function_word, words)))


def _restrict_dates(query: IndexQuery, name: FieldName, doc: int) -> IndexQuery:
    if name == "after":
        return replace(query, start=max(query.start, doc))
    return replace(query, end=min(query.end, doc))


class _Compiler:
    def __init__(self, session: Session, context: QueryContext) -> None:
        self._session = session
        self._context = context
        self._refs: Collection[SourceRef] | None = None
        self._names: NameIndex[SourceRef] | None = None
        self._owners: OwnerTree | None = None
        self._section_feeds: SectionFeeds | None = None
        self.unknown: list[str] = []
        self.unknown_owners: list[str] = []
        self.former = is_renewed(session)

    # --- in the index --------------------------------------------------------------------------

    def expression(self, tree: Tree) -> ex.Expression | None:
        """`tree` as an index expression; None if it also needs other tables."""
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

    def _text(self, value: TextNode, *, title_only: bool = False) -> ex.Expression:
        expression = text_expression(value, title_only=title_only, former=self.former)
        if isinstance(value, Word) and len(words := index_words(value.text)) == 1:
            spelt = other_spellings(self._session, words[0])
            expression = any_of((expression, *(ex.ExactPhrase((w,), title_only) for w in spelt)))
        return require_pairs(self._session, expand_prefixes(self._session, expression))

    def _field(self, tree: Field) -> ex.Expression | None:
        name, value = tree.name, tree.value
        if isinstance(value, TextNode):
            if name == "title":
                return self._text(value, title_only=True)
            tokens = author_facets(value.text)
            return ex.Facet(tokens) if tokens else ex.MATCH_NONE
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
        if name == "owner":
            return self._owner(value)
        return self._source(value)

    def _source(self, name: str) -> ex.Expression:
        if self._names is None:
            self._names = NameIndex(self._sources())
        found = self._names.find(name)
        if not found:
            self.unknown.append(name)
        return _of_sources(found)

    def _owner(self, name: str) -> ex.Expression:
        """Sources of the owners with this name, and of all that belongs to them."""
        if self._owners is None:
            self._owners = load_owners(self._session)
        found = NameIndex(self._owners.owners.values()).find(name)
        if not found:
            self.unknown_owners.append(name)
        slugs = self._owners.holdings(owner.slug for owner in found)
        return _of_sources(ref for ref in self._sources() if ref.owner in slugs)

    def _section(self, name: str) -> ex.Expression:
        if self._section_feeds is None:
            self._section_feeds = SectionFeeds(self._session)
        return self._section_feeds.entries(name)

    def _sources(self) -> Collection[SourceRef]:
        if self._refs is None:
            self._refs = source_refs(self._session).values()
        return self._refs

    # --- in other tables -----------------------------------------------------------------------

    def condition(self, tree: Tree) -> Condition:
        """`tree` as a condition on a document."""
        expression = self.expression(tree)
        if expression is not None:
            return lambda sql: sql.match(expression)
        if isinstance(tree, Not):
            inner = self.condition(tree.part)
            return lambda sql: f"NOT ({inner(sql)})"
        if isinstance(tree, And | Or):
            operator = " AND " if isinstance(tree, And) else " OR "
            parts = [self.condition(part) for part in tree.parts]
            return lambda sql: operator.join(f"({part(sql)})" for part in parts)
        assert isinstance(tree, Field)
        return self._field_condition(tree)

    def _field_condition(self, tree: Field) -> Condition:
        value = tree.value
        if isinstance(value, date | RelativeDate):
            doc, operator = self.first_doc_of(value), ">=" if tree.name == "after" else "<"
            return lambda sql: f"d.doc {operator} {sql.bind(doc)}"
        reader = self._context.reader
        if reader is None:
            raise PermissionDenied("tag.list" if tree.name == "tag" else "entry.mark")
        if tree.name == "tag":
            return _tagged(reader, tag_key(str(value)))
        return _unread(reader) if value == "unread" else _starred(reader)

    def first_doc_of(self, day: date | RelativeDate) -> int:
        """The first document number of a day in the context's time zone."""
        start = resolve_date(day, self._context.today)
        if start.year < _FIRST_YEAR:
            return 0
        return first_doc(datetime.combine(start, time(), self._context.zone))


def _of_sources(refs: Iterable[SourceRef]) -> ex.Expression:
    return ex.Or(tuple(ex.Facet((f"s{ref.id}",)) for ref in refs))


# --- conditions on what a reader marked --------------------------------------------------------


def _tagged(reader: int, key: str) -> Condition:
    return lambda sql: (
        "d.entry_id IN (SELECT e.entry_id FROM entry_tags e JOIN tags t ON t.id = e.tag_id"
        f" WHERE t.user_id = {sql.bind(reader)} AND t.name_key = {sql.bind(key)})"
    )


def _starred(reader: int) -> Condition:
    return lambda sql: (
        f"d.entry_id IN (SELECT entry_id FROM stars WHERE user_id = {sql.bind(reader)})"
    )


def _unread(reader: int) -> Condition:
    def unread(sql: SqlBuilder) -> str:
        user = sql.bind(reader)
        own = f"SELECT read FROM read_exceptions WHERE user_id = {user} AND entry_id = d.entry_id"
        mark = f"SELECT up_to FROM read_marks WHERE user_id = {user} AND source_id = d.source_id"
        return f"NOT coalesce(({own}), d.entry_id <= coalesce(({mark}), 0))"

    return unread
