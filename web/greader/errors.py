"""Errors as apps understand them: plain text, and 400 for whatever they named wrongly."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from aggregator.errors import MarsadError
from web.request.errors import retry_after_s, status_of


def handle_errors(blueprint: Blueprint) -> None:
    """Answer the errors of the views of a blueprint."""
    blueprint.register_error_handler(MarsadError, _marsad_error)
    blueprint.register_error_handler(HTTPException, _http_error)


def _marsad_error(error: MarsadError) -> Response:
    status = status_of(error)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.GONE):
        status = HTTPStatus.BAD_REQUEST  # 404 is an address that this API does not have
    response = _text(str(error), status)
    wait = retry_after_s(error)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def _http_error(error: HTTPException) -> Response:
    response = _text(error.description or error.name, error.code or 500)
    if error.code == HTTPStatus.UNAUTHORIZED:
        response.headers["Google-Bad-Token"] = "true"
        response.headers["X-Reader-Google-Bad-Token"] = "true"
        response.headers["WWW-Authenticate"] = 'GoogleLogin realm="marsad"'
    return response


def _text(message: str, status: int) -> Response:
    return Response(f"Error={message}\n", status, mimetype="text/plain")
