"""Which role an organisation's groups give. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aggregator.types import Role


@dataclass(frozen=True, slots=True)
class RoleRules:
    """The groups of each role; the highest role counts. Without `readers`, everyone reads."""

    readers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether groups decide about roles at all."""
        return bool(self.readers or self.editors or self.operators)

    def role_of(self, groups: Sequence[str]) -> Role | None:
        """The role of somebody in these groups; None for nobody of ours."""
        if set(self.operators) & set(groups):
            return "operator"
        if set(self.editors) & set(groups):
            return "editor"
        return "reader" if not self.readers or set(self.readers) & set(groups) else None


# No groups decide: whoever may come in reads.
EVERYONE_READS = RoleRules()


def claim_at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that name, or the one at that dotted path; None without it.

    Names may have dots, as those that are addresses have, so the whole path is tried first.
    """
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def groups_in(claim: Any) -> tuple[str, ...]:
    """The groups that a claim names: one, or a list of them; anything else names none."""
    if isinstance(claim, str):
        return (claim,)
    if isinstance(claim, list):
        return tuple(each for each in claim if isinstance(each, str))
    return ()
