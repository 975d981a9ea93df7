"""Queries as series: matches per hour, day or week, and what was published in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from aggregator.errors import ResearchTooCostly
from aggregator.process.research.periods import divide
from aggregator.query import EVERYTHING, Tree
from aggregator.services.research.request import ResearchRequest, compile_within, scope_tree
from aggregator.storage.engine import is_over_budget
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.feeds.sections import feed_sections
from aggregator.storage.search import indexing, retrieval
from aggregator.storage.search.counts import count_by, count_by_period
from aggregator.storage.search.doc_ids import first_doc
from aggregator.storage.search.sections import count_by_section
from aggregator.types.research import Findings, GroupCount, Grouping, Series


def find_series(session: Session, request: ResearchRequest) -> Findings:
    """Count the matches of each query in each period; copies count as what they are, entries.

    Raises PermissionDenied where an anonymous visitor asks for tags, stars or unread entries, and
    ResearchTooCostly beyond what the session may spend.
    """
    try:
        return _find_series(session, request)
    except OperationalError as error:
        if is_over_budget(error):
            raise ResearchTooCostly from error
        raise


def _find_series(session: Session, request: ResearchRequest) -> Findings:
    retrieval.prepare(session)
    periods = divide(request.first_day, request.last_day, request.unit, request.zone)
    bounds = [first_doc(each.start) for each in periods]
    bounds.append(first_doc(periods[-1].end))
    scope = scope_tree(request.scope)
    within = compile_within(session, request, [scope])
    return Findings(
        request.asked,
        request.first_day,
        request.last_day,
        request.unit,
        periods,
        published=count_by_period(session, within.index_query, bounds),
        series=tuple(
            _series(session, request, [question.tree, scope], question.text, bounds)
            for question in request.questions
        ),
        grouping=request.grouping,
        groups=_count_groups(session, request, scope),
        unknown=tuple(dict.fromkeys(within.unknown)),
        indexed=1.0 if indexing.is_renewed(session) else indexing.indexing_progress(session),
    )


def _series(
    session: Session,
    request: ResearchRequest,
    trees: Sequence[Tree],
    text: str,
    bounds: Sequence[int],
) -> Series:
    compiled = compile_within(session, request, trees)
    counts = count_by_period(session, compiled.index_query, bounds)
    unknown = dict.fromkeys([*compiled.unknown, *compiled.unknown_owners])
    beyond = dict.fromkeys(request.scope.sources)
    return Series(text, counts, tuple(name for name in unknown if name not in beyond))


def _count_groups(
    session: Session, request: ResearchRequest, scope: Tree
) -> tuple[GroupCount, ...]:
    if request.grouping is None:
        return ()
    trees = [EVERYTHING, *(question.tree for question in request.questions)]
    columns = [_count(session, request, request.grouping, [tree, scope]) for tree in trees]
    published, *matches = columns
    groups = [
        GroupCount(group, published[group], tuple(each.get(group, 0) for each in matches))
        for group in published
        if published[group]
    ]
    return tuple(sorted(groups, key=lambda each: (-sum(each.counts), -each.published, each.group)))


def _count(
    session: Session, request: ResearchRequest, grouping: Grouping, trees: Sequence[Tree]
) -> Mapping[str, int]:
    query = compile_within(session, request, trees).index_query
    if grouping == "section":
        return count_by_section(session, query, feed_sections(session))
    if grouping == "language":
        return {
            str(language): count for language, count in count_by(session, query, "language").items()
        }
    sources = source_refs(session)
    counted: Counter[str] = Counter()
    for id_, count in count_by(session, query, "source_id").items():
        source = sources[int(id_)]
        counted[source.slug if grouping == "source" else source.country] += count
    return counted
