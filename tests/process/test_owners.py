"""Who owns whom: the way up, the way down, and how owners are counted."""

from __future__ import annotations

import pytest

from aggregator.process.owners import OwnerTree, find_circles
from aggregator.types import OwnerCounts
from tests.builders import an_owner

TREE = OwnerTree(
    (
        an_owner("holding"),
        an_owner("papers", parents=("holding",)),
        an_owner("radios", parents=("holding",)),
        an_owner("state", kind="state"),
        an_owner("agency", kind="public", parents=("state",)),
        an_owner("channel", parents=("holding", "state")),
        an_owner("orphan", parents=("gone",)),
    )
)


def slugs(owners: tuple[object, ...]) -> list[str]:
    return [getattr(owner, "slug", "") for owner in owners]


@pytest.mark.parametrize(
    ("slug", "above", "top"),
    [
        ("papers", ["papers", "holding"], "holding"),
        ("holding", ["holding"], "holding"),
        ("channel", ["channel", "holding", "state"], "channel"),  # none owns it alone
        ("orphan", ["orphan"], "orphan"),
        ("gone", [], None),
        (None, [], None),
    ],
)
def test_the_way_up(slug: str | None, above: list[str], top: str | None) -> None:
    assert slugs(TREE.lineage(slug)) == above
    owner = TREE.top(slug)
    assert (owner.slug if owner else None) == top


def test_the_way_down_has_what_is_owned_in_part() -> None:
    assert TREE.holdings(["holding"]) == {"holding", "papers", "radios", "channel"}
    assert TREE.holdings(["state"]) == {"state", "agency", "channel"}
    assert TREE.holdings(["papers", "orphan"]) == {"papers", "orphan"}
    assert TREE.holdings(["gone"]) == frozenset()


@pytest.mark.parametrize(
    ("owners", "counts"),
    [
        ([], OwnerCounts(0, 0, 0)),
        (["papers", "radios", "holding"], OwnerCounts(1, 0, 0)),  # of one holding
        (["papers", "agency", "state", "channel"], OwnerCounts(3, 1, 0)),
        (["papers", None, "gone"], OwnerCounts(1, 0, 2)),
    ],
)
def test_owners_are_counted_at_the_top(owners: list[str | None], counts: OwnerCounts) -> None:
    assert TREE.count(owners) == counts


def test_a_circle_in_an_old_database_ends() -> None:
    tree = OwnerTree((an_owner("a", parents=("b",)), an_owner("b", parents=("a",))))
    assert slugs(tree.lineage("a")) == ["a", "b"]
    assert tree.top("a") == tree.owners["a"]
    assert tree.holdings(["b"]) == {"a", "b"}


def test_circles_are_found_once_each() -> None:
    above = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"], "e": ["e"], "f": ["a", "nobody"]}
    found = {frozenset(circle) for circle in find_circles(above)}
    assert found == {frozenset("abc"), frozenset("e")}
    for circle in find_circles(above):
        following = (*circle[1:], circle[0])
        assert all(parent in above[slug] for slug, parent in zip(circle, following, strict=True))


def test_a_long_chain_is_no_circle() -> None:
    assert list(find_circles({str(n): [str(n + 1)] for n in range(5000)})) == []
