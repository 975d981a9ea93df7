"""Errors, texts in three languages, and the document itself."""

from __future__ import annotations

from collections.abc import Mapping

from web.api.schemas.build import Schema, object_of, string

SCHEMAS: Mapping[str, Schema] = {
    "Error": object_of(
        "What went wrong.",
        error=object_of(
            "What went wrong.",
            code=string("For programs, such as `bad_request`."),
            message=string("For people, in English; names the parameter or field."),
        ),
    ),
    "Wording": object_of(
        "A text in three languages, empty where it was not written.",
        ar=string(),
        fr=string(),
        en=string(),
    ),
    "OpenApi": {"type": "object", "description": "An OpenAPI 3.1 document."},
}
