"""Accounts and invitations, for operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast, get_args

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from aggregator.errors import (
    InvalidInput,
    LastOperator,
    MarsadError,
    RegistrationClosed,
    TooManyAttempts,
)
from aggregator.services.accounts import audit, invites, password_links, people
from aggregator.types import Role, User
from web.presentation.names import role_name
from web.request import params
from web.request.audit import record
from web.request.auth import now, require_user
from web.request.database import database, settings, write_session
from web.request.errors import form_response, retry_after_s

blueprint = Blueprint("people", __name__, url_prefix="/operate/people")

INVITE_DAYS = (1, 7, 30)
_DONE = ("role", "close", "revoke")


@blueprint.get("")
def index() -> Response:
    """List accounts by name, and invitations."""
    require_user("user.manage")
    return _page()


@blueprint.post("/<int:user_id>/role")
def set_role(user_id: int) -> Response:
    """Change somebody's role, from their next page on."""
    return _run_action("role", lambda session: people.set_role(session, user_id, _role()))


@blueprint.post("/<int:user_id>/close")
def close(user_id: int) -> Response:
    """Delete somebody's account."""
    return _run_action("close", lambda session: people.close(session, user_id))


@blueprint.post("/<int:user_id>/password-link")
def password_link(user_id: int) -> Response:
    """Create a link with which somebody sets a new password, and show it once."""
    operator = require_user("user.manage")
    with write_session() as session:
        user = people.find(session, user_id)
        token = password_links.create_link(session, user, now())
        record(session, "user.password_link", user.name)
    audit.log_change(operator.name, "password link", user)
    path = url_for("passwords.reset", token=token)
    return _page(new_link=settings().address + path, for_user=user)


@blueprint.post("/invites")
def invite() -> Response:
    """Create an invitation and show its link once."""
    operator = require_user("user.manage")
    if settings().registration == "closed":
        raise RegistrationClosed("registration is closed to invitations, too")
    days = request.form.get("days", "")
    try:
        with write_session() as session:
            token = invites.create_invite(
                session,
                operator,
                request.form.get("label", ""),
                _role(),
                int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 0,
                now(),
            )
            record(session, "invite.create", request.form.get("label", ""), _role())
    except (InvalidInput, TooManyAttempts) as error:
        return _page(error=error)
    path = url_for("registration.invite", token=token)
    return _page(new_link=settings().address + path)


@blueprint.post("/invites/revoke")
def revoke() -> Response:
    """Revoke an invitation."""
    require_user("user.manage")
    with write_session() as session:
        label = invites.revoke(session, request.form.get("invite", ""))
        if label is not None:
            record(session, "invite.revoke", label)
    return _done("revoke")


def _run_action(done: Literal["role", "close"], action: Callable[[Session], User]) -> Response:
    operator = require_user("user.manage")
    try:
        with write_session() as session:
            user = action(session)
            if done == "role":
                record(session, "user.role", user.name, user.role)
            else:
                record(session, "user.close", user.name)
    except LastOperator as error:
        return _page(error=error)
    audit.log_change(operator.name, done, user)
    return _done(done)


def _done(what: str) -> Response:
    return make_response(redirect(url_for("people.index", done=what), 303))


def _role() -> Role:
    role = request.form.get("role", "")
    if role not in get_args(Role):
        raise params.invalid_param("role", f"one of {', '.join(get_args(Role))}")
    return cast("Role", role)


def _page(
    *, error: MarsadError | None = None, new_link: str | None = None, for_user: User | None = None
) -> Response:
    searched = request.args.get("q", "")
    with database().read() as session:  # the request's own session is older
        found = people.list_people(
            session, containing=searched, after=request.args.get("after", "")
        )
        all_invites = invites.list_invites(session)
    done = request.args.get("done")
    page = render_template(
        "people/list.html",
        found=found,
        invites=all_invites,
        inviting=settings().registration != "closed",
        searched=searched,
        roles={role: role_name(role) for role in get_args(Role)},
        days=INVITE_DAYS,
        now=now(),
        new_link=new_link,
        for_user=for_user,
        error=error.key if error else None,
        wait_s=retry_after_s(error) if error else None,
        done=done if done in _DONE else None,
    )
    response = form_response(page, error)
    if new_link:
        response.headers["Cache-Control"] = "private, no-store"
    return response
