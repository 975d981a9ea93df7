"""What a reader follows."""

from __future__ import annotations

from collections.abc import Mapping

from web.api.schemas.build import Schema, extended, list_of, object_of, row_id, string


def _targets(text: str) -> Schema:
    return object_of(
        text, sources=list_of(string()), topics=list_of(string()), stories=list_of(row_id())
    )


_FOLLOWED = _targets("What is followed: sources and topics by slug, stories by id.")

SCHEMAS: Mapping[str, Schema] = {
    "Followed": _FOLLOWED,
    "FollowChanged": extended(
        "Followed",
        _FOLLOWED,
        "What is followed now, or not any more. A merged story has its new id.",
        unknown=_targets("What does not exist."),
    ),
}
