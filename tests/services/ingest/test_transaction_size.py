"""Transactions grow while they are short, and shrink at once when they are not."""

from __future__ import annotations

import pytest

from aggregator.services.ingest.transaction_size import (
    MAX_ENTRIES,
    MIN_ENTRIES,
    TARGET_S,
    TransactionSize,
)


@pytest.fixture
def size() -> TransactionSize:
    return TransactionSize()


def test_full_and_short_transactions_grow_to_a_bound(size: TransactionSize) -> None:
    seen = []
    for _ in range(9):
        seen.append(size.entries)
        size.note(size.entries, TARGET_S / 4)
    assert seen[:3] == [MIN_ENTRIES, MIN_ENTRIES * 3 // 2, MAX_ENTRIES]
    assert size.entries == MAX_ENTRIES


def test_small_ones_tell_nothing(size: TransactionSize) -> None:
    size.note(1, 0.001)
    assert size.entries == MIN_ENTRIES


def test_a_long_one_halves_the_next_down_to_a_bound(size: TransactionSize) -> None:
    for _ in range(9):
        size.note(size.entries, 0.001)
    size.note(3, 2 * TARGET_S)  # whatever it held
    assert size.entries == max(MIN_ENTRIES, MAX_ENTRIES // 2)
    size.note(size.entries, 2 * TARGET_S)
    assert size.entries == MIN_ENTRIES


def test_one_that_takes_about_as_long_as_it_may_stays(size: TransactionSize) -> None:
    size.note(size.entries, 0.8 * TARGET_S)
    assert size.entries == MIN_ENTRIES


def test_even_the_largest_is_not_expected_to_hold_the_lock_too_long(size: TransactionSize) -> None:
    """Growing by half, from half of what it may take, leaves room for slower entries."""
    per_entry_s = TARGET_S / 100
    for _ in range(50):
        held_s = size.entries * per_entry_s
        assert held_s <= TARGET_S
        size.note(size.entries, held_s)


def test_a_bound_of_the_caller_holds() -> None:
    size = TransactionSize(2)
    size.note(2, 0.001)
    size.note(2, 2 * TARGET_S)
    assert size.entries == 2
