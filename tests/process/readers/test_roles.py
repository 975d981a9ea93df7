"""Roles by groups."""

from __future__ import annotations

from typing import Any

import pytest

from aggregator.process.readers.roles import EVERYONE_READS, RoleRules, claim_at, groups_in

RULES = RoleRules(readers=("staff",), editors=("desk",), operators=("it", "chiefs"))


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (("staff",), "reader"),
        (("desk",), "editor"),
        (("staff", "desk"), "editor"),
        (("chiefs", "desk"), "operator"),
        (("Staff",), None),
        ((), None),
    ],
)
def test_the_highest_role_counts(groups: tuple[str, ...], role: str | None) -> None:
    assert RULES.role_of(groups) == role


def test_without_groups_of_readers_everyone_reads() -> None:
    assert RoleRules(operators=("it",)).role_of(("guests",)) == "reader"
    assert EVERYONE_READS.role_of(()) == "reader"
    assert not EVERYONE_READS
    assert RULES


@pytest.mark.parametrize(
    ("claims", "path", "found"),
    [
        ({"groups": ["a"]}, "groups", ["a"]),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ["a"]),
        ({"https://h.example/roles": "a"}, "https://h.example/roles", "a"),
        ({"groups": ["a"]}, "groups.0", None),
        ({"a": {"b": None}}, "a.b.c", None),
        ({}, "groups", None),
        ({}, "", None),
    ],
)
def test_claims_are_found_by_name_or_path(claims: dict[str, Any], path: str, found: Any) -> None:
    assert claim_at(claims, path) == found


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        ("it", ("it",)),
        (["a", 1, None, ["it"], "b"], ("a", "b")),
        ({"it": True}, ()),
        (None, ()),
        (True, ()),
    ],
)
def test_only_texts_are_groups(claim: Any, groups: tuple[str, ...]) -> None:
    assert groups_in(claim) == groups
