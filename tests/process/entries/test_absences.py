"""Entries that go from the midst of their feed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from aggregator.process.entries.absences import (
    MAX_MISSING,
    MIN_POLLS,
    find_absences,
    pack_identities,
    still_missing,
    unpack_identities,
)

TEN = tuple(range(10, 0, -1))  # the newest first


def after(*documents: Sequence[int]) -> tuple[int, ...]:
    """What is noted once these documents, and then two unchanged polls, were read."""
    missing, left, before = None, (), None
    for document in documents:
        found = find_absences(before, pack_identities(document), missing)
        missing, before, left = found.missing, pack_identities(document), left + found.left
    for _ in range(MIN_POLLS - 1):
        if missing:
            found = still_missing(missing)
            missing, left = found.missing, left + found.left
    return left


def without(*gone: int, of: Sequence[int] = TEN) -> tuple[int, ...]:
    return tuple(each for each in of if each not in gone)


@pytest.mark.parametrize(
    ("documents", "noted"),
    [
        ((TEN, without(6)), (6,)),
        ((TEN, (11, *without(6))), (6,)),
        ((TEN, without(10)), (10,)),
        ((TEN, without(3)), (3,)),
        # The oldest make room, also for several new ones, and where one is pinned at the end.
        ((TEN, (11, *TEN[:-1])), ()),
        ((TEN, (13, 12, 11, *TEN[:-3])), ()),
        ((TEN, without(2)), ()),
        # The oldest stand first.
        ((TEN[::-1], (*TEN[::-1][1:], 11)), ()),
        ((TEN[::-1], (*without(6)[::-1], 11)), (6,)),
        # Another selection.
        ((TEN, without(9, 8, 6, 5)), ()),
        ((TEN, (99, 98, 97)), ()),
        ((TEN, ()), ()),
        # It returns in time.
        ((TEN, without(6), TEN), ()),
        ((TEN,), ()),
    ],
)
def test_what_is_noted(documents: Sequence[Sequence[int]], noted: tuple[int, ...]) -> None:
    assert after(*documents) == noted


def test_it_takes_three_polls() -> None:
    found = find_absences(pack_identities(TEN), pack_identities(without(6)), None)
    for _ in range(MIN_POLLS - 1):
        assert found.left == ()
        assert found.missing is not None
        found = still_missing(found.missing)
    assert (found.left, found.missing) == ((6,), None)


def test_only_so_many_are_remembered() -> None:
    many = range(10 * MAX_MISSING)
    gone = set(range(50, 50 + MAX_MISSING + 20))
    rest = [each for each in many if each not in gone]
    found = find_absences(pack_identities(many), pack_identities(rest), None)
    assert found.missing is not None
    assert len(found.missing) == 9 * MAX_MISSING


def test_identities_come_back_in_order() -> None:
    identities = [3, -(2**63), 2**63 - 1]
    assert unpack_identities(pack_identities(identities)) == identities
    assert unpack_identities(b"") == []
