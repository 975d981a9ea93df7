"""Which tags are the same tag, however they are typed."""

from __future__ import annotations

import unicodedata


def tag_key(name: str) -> str:
    """A tag as tags are compared: case-folded NFKC."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
