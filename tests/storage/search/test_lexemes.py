"""Queries as PostgreSQL's tsquery."""

from __future__ import annotations

import pytest

from aggregator.storage.search.lexemes import days_query


@pytest.mark.parametrize(("first", "last"), [(0, 0), (98, 213), (9_999, 10_000), (12_000, 13_481)])
def test_days_are_queried_by_prefix(first: int, last: int) -> None:
    query = days_query(first, last)
    words = [word.strip("() '") for word in query.split("|")]
    found = [
        day
        for day in range(20_000)
        for word in words
        if (f"/d{day}" == word or (word.endswith(":*") and f"/d{day}".startswith(word[:-3])))
        and len(str(day)) in (len(str(first)), len(str(last)))
    ]
    assert set(range(first, last + 1)) <= set(found)
    assert len(words) < 60
