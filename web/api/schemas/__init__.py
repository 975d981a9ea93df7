"""The answers of the API as JSON Schemas, under the names that the OpenAPI document gives them.

`web.api.presenters` builds what they describe; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Mapping

from web.api.schemas import (
    common,
    dispatches,
    entries,
    following,
    research,
    sources,
    stories,
    topics,
)
from web.api.schemas.build import Schema

SCHEMAS: Mapping[str, Schema] = {
    **entries.SCHEMAS,
    **stories.SCHEMAS,
    **research.SCHEMAS,
    **dispatches.SCHEMAS,
    **sources.SCHEMAS,
    **topics.SCHEMAS,
    **following.SCHEMAS,
    **common.SCHEMAS,
}
