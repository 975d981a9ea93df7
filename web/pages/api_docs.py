"""The page on which the JSON API is described, for people who write programs."""

from __future__ import annotations

from flask import Blueprint, render_template
from markupsafe import Markup

from web.api import openapi, reference
from web.api.description import current_document

blueprint = Blueprint("api_docs", __name__)


@blueprint.get("/api")
def index() -> str:
    """Every address of the API, made of its OpenAPI document; open to everybody."""
    document = current_document()
    return render_template(
        "api.html",
        prefix=openapi.PREFIX,
        about=document["info"]["description"].split("\n\n"),
        operations=list(reference.list_operations(document)),
        objects=list(reference.list_objects(document)),
        statuses=reference.list_statuses(document),
        marked_up=marked_up,
    )


def marked_up(text: str) -> Markup:
    """A text with its `code` as HTML."""
    pieces = [
        Markup("<code>{}</code>").format(piece) if number % 2 else Markup("{}").format(piece)
        for number, piece in enumerate(text.split("`"))
    ]
    return Markup("").join(pieces)
