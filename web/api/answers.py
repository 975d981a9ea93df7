"""What all answers of the API share."""

from __future__ import annotations

from flask import Response, request


def conditional(response: Response) -> Response:
    """Let a program that asks again get "304 Not Modified" while nothing has changed."""
    response.add_etag()
    response.make_conditional(request)
    return response
