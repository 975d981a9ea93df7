"""Changes of one poll, taken in parts."""

from __future__ import annotations

import pytest

from aggregator.process.entries.changes import only_part, take_part, without_part
from aggregator.types import ChangedEntry, EntryChanges, NewEntry
from tests.builders import NOW, an_entry


def changes(new: int, changed: int) -> EntryChanges:
    return EntryChanges(
        tuple(NewEntry(number, an_entry(guid=f"n{number}")) for number in range(new)),
        tuple(
            ChangedEntry(number, number, an_entry(guid=f"c{number}"), True, NOW)
            for number in range(100, 100 + changed)
        ),
        same=3,
        rewritten=1,
    )


def parts(whole: EntryChanges, size: int, weight: int = 1) -> list[EntryChanges]:
    found = []
    while whole.new or whole.changed:
        part = take_part(whole, size, lambda _: weight)
        found.append(part)
        if part is whole:
            break
        whole = without_part(whole, part)
    return found


@pytest.mark.parametrize(("new", "changed"), [(0, 7), (7, 0), (4, 4), (3, 1), (1, 0), (6, 6)])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_the_parts_are_the_whole(new: int, changed: int, size: int) -> None:
    whole = changes(new, changed)
    taken = parts(whole, size)
    assert sum((part.new for part in reversed(taken)), ()) == whole.new
    assert sum((part.changed for part in reversed(taken)), ()) == whole.changed
    assert all(0 < len(part.new) + len(part.changed) <= size for part in taken)
    assert [(part.same, part.rewritten) for part in taken] == [(0, 0)] * (len(taken) - 1) + [(3, 1)]


def test_the_last_of_a_document_go_first_and_edits_last() -> None:
    first, *_ = parts(changes(4, 4), 3)
    assert [item.identity for item in first.new] == [1, 2, 3]
    assert first.changed == ()


def test_an_entry_longer_than_a_part_is_a_part_alone() -> None:
    assert [len(part.new) for part in parts(changes(3, 0), 5, weight=9)] == [1, 1, 1]


def test_only_what_a_part_is_about_is_kept() -> None:
    whole = changes(4, 4)
    part = take_part(whole, 2, lambda _: 1)
    assert only_part(whole, part) == part
    assert only_part(changes(3, 0), part).new == part.new[:1]
