"""From errors to responses: the only place that knows their HTTP statuses.

People get a page in their language, programs `{"error": {"code", "message"}}`.
"""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from types import TracebackType

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DatabaseError, DataError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError, SecurityError

from aggregator.errors import (
    ConfirmationNeeded,
    Conflict,
    FeedCommandError,
    InvalidInput,
    LastOperator,
    LastSignIn,
    MarsadError,
    NotFound,
    PermissionDenied,
    ProviderUnavailable,
    QueryError,
    RegistrationClosed,
    ResearchTooCostly,
    SecondFactorNeeded,
    SignInRefused,
    StorageError,
    TokenScopeMissing,
    TooManyAttempts,
    TooManyRequests,
    TopicGone,
)
from aggregator.runtime.log_lines import REQUEST_ID
from aggregator.storage.engine import driver_error, is_busy, is_over_budget, is_unwritable
from web.request.auth import current_user
from web.request.clients import is_api_request, wants_json
from web.request.database import leave_replica
from web.request.logs import shown_address
from web.request.security import CrossSiteRequest, own_path

# A lock held for long is mostly a backup or a command, and free again within seconds.
BUSY_RETRY_AFTER_S = 5

ExceptionInfo = tuple[type, BaseException, TracebackType | None] | tuple[None, None, None]

log = logging.getLogger(__name__)

# The first class that an error is an instance of decides; anything else is a 500.
STATUSES: tuple[tuple[type[MarsadError], int], ...] = (
    (TopicGone, 410),
    (NotFound, 404),
    (Conflict, 409),
    (InvalidInput, 400),
    (QueryError, 400),
    (FeedCommandError, 409),
    (LastOperator, 409),
    (SecondFactorNeeded, 403),
    (ConfirmationNeeded, 403),
    (PermissionDenied, 403),
    (TokenScopeMissing, 403),
    (RegistrationClosed, 403),
    (TooManyAttempts, 429),
    (TooManyRequests, 429),
    (ResearchTooCostly, 503),
    (ProviderUnavailable, 503),
    (LastSignIn, 409),
    (SignInRefused, 401),
    (StorageError, 503),
)

_HTTP_KEYS = {
    401: "error.sign_in_needed",
    403: "error.permission",
    404: "error.not_found",
    405: "error.method",
    413: "error.too_large",
    429: "error.rate",
    500: "error.internal",
    503: "error.storage",
}


def status_of(error: MarsadError) -> int:
    """The HTTP status of an error."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def retry_after_s(error: MarsadError) -> int | None:
    """Seconds until another attempt makes sense, rounded up; None if waiting does not help."""
    if isinstance(error, TooManyAttempts | TooManyRequests):
        return math.ceil(error.wait.total_seconds())
    return None


def form_response(page: str, error: MarsadError | None) -> Response:
    """The response of a form's page, with the status of its `error`, which the page explains."""
    response = make_response(page, status_of(error) if error else 200)
    if error is not None:
        _set_retry_after(response, retry_after_s(error))
    return response


def _set_retry_after(response: Response, seconds: int | None) -> None:
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)


def init_app(app: Flask) -> None:
    """Register the error handlers."""
    app.register_error_handler(MarsadError, _marsad_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(BadHost, _host_error)
    app.register_error_handler(SecurityError, _host_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(DataError, _data_error)
    app.register_error_handler(DatabaseError, _damaged_error)
    app.register_error_handler(InternalServerError, _internal_error)
    app.log_exception = _log_exception  # type: ignore[method-assign]  # Flask's shows the address


def _marsad_error(error: MarsadError) -> Response:
    status = status_of(error)
    if status >= 500:
        log.error("%s %s: %s", request.method, shown_address(), error)
    if isinstance(error, PermissionDenied) and current_user() is None:
        return _sign_in_response()
    if isinstance(error, SecondFactorNeeded | ConfirmationNeeded) and not _is_program():
        return make_response(redirect(url_for("second_factor.show"), 303))
    if isinstance(error, InvalidInput):
        g.wrong_field = error.field
    response = _error_response(status, error.key, str(error), retry_after=retry_after_s(error))
    if isinstance(error, TokenScopeMissing):  # RFC 6750, section 3.1
        challenge = f'Bearer realm="marsad", error="insufficient_scope", scope="{error.scope}"'
        response.headers["WWW-Authenticate"] = challenge
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, CrossSiteRequest):
        key: str | None = "error.cross_site"
    else:
        key = "error.csrf" if isinstance(error, CSRFError) else _HTTP_KEYS.get(status)
    response = _error_response(status, key or "error.bad_request", error.description or "")
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _host_error(_error: BadHost | SecurityError) -> Response:
    """Answer a `Host` that is no host in plain text: pages link to where they were asked for."""
    return Response(
        "the Host header cannot be used\n", HTTPStatus.BAD_REQUEST, mimetype="text/plain"
    )


def _database_error(error: OperationalError) -> Response:
    if not is_over_budget(error) and leave_replica(error):
        return _answer_again()
    if is_busy(error):
        log.warning("%s %s: the database was busy for too long", request.method, shown_address())
        message = "the database is busy and nothing was saved; try again in a moment"
        return _error_response(503, "error.busy", message, retry_after=BUSY_RETRY_AFTER_S)
    if is_over_budget(error):
        log.warning("%s %s: ended, as it cost too much", request.method, shown_address())
        message = "this takes too long; ask for less, for example with fewer words"
        return _error_response(503, "error.costly", message)
    if is_unwritable(error):
        cause = driver_error(error)
        log.error("%s %s: nothing can be saved: %s", request.method, shown_address(), cause)
        message = "the database can be read, but not written, and nothing was saved"
        return _error_response(503, "error.unwritable", message)
    log.error("%s %s: %s", request.method, shown_address(), error)
    return _error_response(503, "error.storage", "the database is unreachable or busy")


def _answer_again() -> Response:
    """Answer a visitor's request from the primary, after the replica has failed it."""
    app = current_app
    try:
        answer = app.preprocess_request()
        return app.make_response(app.dispatch_request() if answer is None else answer)
    except (MarsadError, HTTPException, SQLAlchemyError) as error:
        return app.make_response(app.handle_user_exception(error))


def _damaged_error(error: DatabaseError) -> Response:
    """A file that is no database, or a damaged one; our own mistakes have classes below this."""
    if leave_replica(error):  # its schema may be older
        return _answer_again()
    if type(error) is not DatabaseError:
        raise error
    log.error("%s %s: %s", request.method, shown_address(), error)
    return _error_response(503, "error.storage", "the database is damaged")


def _data_error(_error: DataError) -> Response:
    """Refuse a value that no row can hold, such as NUL in a text on PostgreSQL."""
    return _error_response(400, "error.bad_request", "the request contains an invalid value")


def _log_exception(exc_info: ExceptionInfo) -> None:
    log.error("%s %s failed", request.method, shown_address(), exc_info=exc_info)


def _internal_error(_error: InternalServerError) -> Response:
    return _error_response(500, "error.internal", "something went wrong; the error has been logged")


def _is_program() -> bool:
    return is_api_request() or wants_json()


def _sign_in_response() -> Response:
    if _is_program():
        return _error_response(401, "error.sign_in_needed", "sign in, or send an API token")
    if request.method in ("GET", "HEAD"):
        here = own_path(request.full_path.rstrip("?"))
        return make_response(redirect(url_for("session.new", next=here), 303))
    return _error_response(403, "error.sign_in_needed", "sign in first")


def _error_response(
    status: int, key: str, message: str, *, retry_after: int | None = None
) -> Response:
    if status >= 500:
        g.user = None  # the page of an error must not need the database
    if is_api_request():
        response = _json_error(key, message)
    elif wants_json():
        response = _json_error(key, gettext(_known(key)))
    else:
        response = _error_page_without_database(status, key, retry_after)
    response.status_code = status
    _set_retry_after(response, retry_after)
    if status == HTTPStatus.UNAUTHORIZED and is_api_request():
        response.headers["WWW-Authenticate"] = 'Bearer realm="marsad"'
    return response


def _json_error(key: str, message: str) -> Response:
    return jsonify(error={"code": key.removeprefix("error."), "message": message})


def _error_page_without_database(status: int, key: str, retry_after: int | None) -> Response:
    """The page as the visitor knows it; a stranger's if the database fails just now."""
    try:
        return _error_page(status, key, retry_after)
    except SQLAlchemyError as error:
        log.warning("%s %s: %s", request.method, shown_address(), error)
        g.user = None
        return _error_page(status, key, retry_after)


def _error_page(status: int, key: str, retry_after: int | None) -> Response:
    page = render_template(
        "errors/error.html",
        status=status,
        key=_known(key),
        field=g.get("wrong_field") if request.method in ("GET", "HEAD") else None,
        retry_after=retry_after,
        request_id=REQUEST_ID.get(),
    )
    return make_response(page)


def _known(key: str) -> str:
    """`key` if the catalogue has it, else the key of a general message."""
    return key if gettext(key) != key else "error.bad_request"
