"""Conditional answers, for all views of the API."""

from __future__ import annotations

from flask import Response, request


def conditional(response: Response) -> Response:
    """Answer "304 Not Modified" to a program that already has this content."""
    response.add_etag()
    response.make_conditional(request)
    return response
