"""The day that `benchmarks.day` plays: its plan, and Marsad without its extras."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from math import isclose
from pathlib import Path

from benchmarks.day_plan import DAY_S, plan_day
from benchmarks.growth import growth, read_column

ROOT = Path(__file__).parents[2]


def test_a_day_is_the_same_for_the_same_seed() -> None:
    assert plan_day(1, 20, 200, 3) == plan_day(1, 20, 200, 3)
    assert plan_day(1, 20, 200, 3) != plan_day(2, 20, 200, 3)


def test_a_day_has_all_entries_in_order_each_with_the_next_number_of_its_feed() -> None:
    day = plan_day(1, 20, 500, 3)
    times = [entry.at_s for entry in day.entries]
    assert len(day.entries) == 500
    assert times == sorted(times)
    assert min(times) >= 0
    assert max(times) < DAY_S
    serials = {feed.number: 3 for feed in day.feeds}
    for entry in day.entries:
        serials[entry.feed] += 1
        assert entry.serial == serials[entry.feed]
    assert all(entry.at_s < 0 for entry in day.backlog)


def test_events_are_told_in_one_language_and_some_by_several() -> None:
    day = plan_day(1, 50, 1_000, 1)
    languages: dict[str, set[str]] = {}
    for entry in day.entries:
        if entry.event:
            languages.setdefault(entry.event, set()).add(day.feeds[entry.feed - 1].language)
    assert {len(each) for each in languages.values()} == {1}
    reprints = [(entry.feed, entry.event) for entry in day.entries if entry.is_reprint]
    assert len(reprints) == len(set(reprints)) > 10
    sizes = Counter(entry.event for entry in day.entries if entry.event)
    assert max(sizes.values()) > 5
    assert 0.02 < sum(entry.edited_at_s is not None for entry in day.entries) / 1_000 < 0.09


def test_what_bare_leaves_out_is_replaced_where_it_is_imported() -> None:
    check = (
        "from benchmarks import day_bare; day_bare.leave_out();"
        "from aggregator.services.ingest import decide, prepare, store;"
        "entry = object();"
        "assert decide.analyze(entry, None) is prepare.analyze(entry, None) is entry;"
        "assert store.update_index(1, 2) is None"
    )
    subprocess.run([sys.executable, "-c", check], check=True, cwd=ROOT)


def test_a_column_of_a_printed_table_is_read_by_its_rows() -> None:
    printed = """
┃ order  ┃ query     ┃  p99 ┃ CPU p99 ┃
│ newest │ rare word │ 59.0 │   1,033 │
│ newest │ rare word │  1.0 │       2 │
│ newest │ phrase    │   52 │       – │
"""
    assert read_column(printed, "CPU p99") == {"newest rare word": 1033.0}


def test_growth_is_the_exponent_of_the_size() -> None:
    assert isclose(growth(2.0, 20.0, 10), 1.0)
    assert isclose(growth(2.0, 2.0, 10), 0.0)
