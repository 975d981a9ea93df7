"""Basic vocabulary: directions, roles, names, sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

Direction = Literal["rtl", "ltr"]
Role = Literal["reader", "editor", "operator"]
# What a program with an API token may do; "write" includes "read".
TokenScope = Literal["read", "write"]
ChangeSize = Literal["typo", "wording", "figures", "names", "substance"]
# From the least to what counts most. The database stores places in it, from 1; 0 is no change.
CHANGE_SIZES: tuple[ChangeSize, ...] = get_args(ChangeSize)


@dataclass(frozen=True, slots=True)
class LocalizedName:
    """A name in the three languages of the interface, none of them empty."""

    ar: str
    fr: str
    en: str

    def get(self, language: str) -> str:
        """The name in `language` ("ar", "fr", "en"), English otherwise."""
        return {"ar": self.ar, "fr": self.fr}.get(language, self.en)


class SourceRef(NamedTuple):
    """A source as entries mention it."""

    id: int
    slug: str
    name: LocalizedName
    country: str
    language: str
    owner: str | None = None
    """The slug of its owner, if that is configured."""
