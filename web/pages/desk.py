"""The editors' desk: topics, previews of their rules, revisions and notes."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from aggregator.errors import (
    Conflict,
    InvalidInput,
    MarsadError,
    QueryError,
    QueryProblem,
    TopicChanged,
)
from aggregator.services.desk import preview as topic_preview
from aggregator.services.desk import topics as desk
from aggregator.services.desk.preview import Preview
from aggregator.types import Topic, User
from aggregator.types.limits import MAX_ID
from web.caches.filter_options import cached_filter_options
from web.presentation import isolated
from web.presentation.desk import topic_name
from web.request import audit, params
from web.request.auth import now, require_user
from web.request.database import database, exclusive_session, read_session, settings
from web.request.errors import status_of
from web.request.flashes import flash
from web.request.i18n import translate
from web.request.topic_form import (
    MAX_AGE_CHOICES,
    TopicForm,
    form_for_topic,
    read_form,
    rule_form,
    with_composed_rule,
    with_proposed_slug,
)

blueprint = Blueprint("desk", __name__, url_prefix="/desk")


@dataclass(frozen=True, slots=True)
class EditorState:
    """What the page of a topic shows beside the form."""

    preview: Preview | None = None
    problem: QueryProblem | None = None  # with the rule
    error: MarsadError | None = None  # with the other fields
    conflict: Topic | None = None  # the topic as another editor saved it meanwhile

    @property
    def status(self) -> int:
        """The HTTP status of the page."""
        if self.conflict is not None:
            return 409
        if self.error is not None:
            return status_of(self.error)
        return 400 if self.problem is not None else 200


@blueprint.get("")
def index() -> str:
    """All topics."""
    require_user("topic.edit")
    session = read_session()
    return render_template(
        "desk/list.html", topics=desk.list_all(session), deleted=desk.list_deleted(session)
    )


@blueprint.get("/topics/new")
def new() -> Response:
    """An empty form."""
    require_user("topic.edit")
    return _page(None, form_for_topic(None), EditorState())


@blueprint.post("/topics/new")
def create() -> Response:
    """Create a topic, or preview its rule."""
    editor = require_user("topic.edit")
    return _preview_response(None) or _save_response(editor, None)


@blueprint.get("/topics/<slug>")
def edit(slug: str) -> Response:
    """A topic in its form."""
    require_user("topic.edit")
    topic = desk.find(read_session(), slug)
    if topic.content.state == "deleted":
        return make_response(redirect(url_for("desk.history", slug=slug), 303))
    return _page(topic, form_for_topic(topic), EditorState())


@blueprint.post("/topics/<slug>")
def save(slug: str) -> Response:
    """Save a topic, or preview its rule."""
    editor = require_user("topic.edit")
    topic = desk.find(read_session(), slug)
    return _preview_response(topic) or _save_response(editor, topic)


@blueprint.get("/topics/<slug>/delete")
def ask_to_delete(slug: str) -> str:
    """Ask before deleting a topic, saying what goes with it and what stays."""
    require_user("topic.edit")
    return _delete_page(desk.find(read_session(), slug))


@blueprint.post("/topics/<slug>/delete")
def delete(slug: str) -> Response:
    """Delete a topic; ask again if somebody saved it since the question."""
    editor = require_user("topic.edit")
    base = _revision("base")
    try:
        with exclusive_session() as session:
            topic = desk.find(session, slug)
            reason = request.form.get("reason", "")
            desk.delete(session, editor, topic, base=base, reason=reason, now=now())
            audit.record(session, "topic.delete", slug, reason)
    except TopicChanged as error:
        with database().read() as session:
            theirs = desk.find(session, slug)
        return make_response(_delete_page(theirs, error), 409)
    flash(translate("desk.deleted", name=isolated(topic_name(topic))))
    return make_response(redirect(url_for("desk.index"), 303))


def _delete_page(topic: Topic, error: TopicChanged | None = None) -> str:
    return render_template("desk/delete.html", topic=topic, error=error)


@blueprint.post("/preview")
def preview() -> Response:
    """Preview a rule as a fragment of the page, for the script, while an editor types."""
    require_user("topic.edit")
    slug = params.slug(request.form, "topic")
    topic = desk.find(read_session(), slug) if slug else None
    form = read_form(request.form)
    shown = _run_preview(form, topic)
    piece = render_template("desk/preview.html", form=form, shown=shown, topic=topic)
    return make_response(piece)


# --- history ---------------------------------------------------------------------------------


@blueprint.get("/topics/<slug>/history")
def history(slug: str) -> str:
    """List all revisions, and show two of them side by side."""
    require_user("topic.edit")
    before, after = (params.integer(request.args, name, 0, MAX_ID) for name in ("before", "after"))
    found = desk.history(read_session(), slug, before, after)
    return render_template("desk/history.html", found=found, topic=found.topic)


@blueprint.post("/topics/<slug>/revert")
def revert(slug: str) -> Response:
    """Save an old revision as the newest."""
    editor = require_user("topic.edit")
    number = _revision("number")
    base = _revision("base")
    reason = translate("desk.reverted_to", number=number)
    with exclusive_session() as session:
        topic = desk.find(session, slug)
        saved = desk.revert(session, editor, topic, number, base=base, reason=reason, now=now())
        if saved.revision != topic.revision:
            audit.record(session, "topic.revert", slug, number)
    flash(translate("desk.saved"))
    return _redirect_to_topic(saved)


def _revision(name: str) -> int:
    return params.integer(request.form, name, 0, MAX_ID) or 0


# --- notes -----------------------------------------------------------------------------------


@blueprint.post("/topics/<slug>/notes")
def add_note(slug: str) -> Response:
    """Add a note for the other editors."""
    editor = require_user("topic.edit")
    with database().write() as session:
        desk.add_note(session, editor, slug, request.form.get("note", ""), now())
        audit.record(session, "topic.note", slug)
    return make_response(redirect(url_for("desk.edit", slug=slug) + "#notes", 303))


@blueprint.post("/topics/<slug>/notes/<int:note_id>/delete")
def delete_note(slug: str, note_id: int) -> Response:
    """Delete one's own note."""
    editor = require_user("topic.edit")
    with database().write() as session:
        if desk.delete_note(session, editor, slug, note_id):
            audit.record(session, "topic.note_delete", slug, note_id)
    return make_response(redirect(url_for("desk.edit", slug=slug) + "#notes", 303))


# --- the form --------------------------------------------------------------------------------


def _preview_response(topic: Topic | None) -> Response | None:
    """The page with a preview, if the form asks for one."""
    action = request.form.get("action")
    if action not in ("preview", "compose"):
        return None
    form = _sent_form(topic)
    if action == "compose":
        form = with_composed_rule(form)
    else:
        form = TopicForm(
            form.content, form.base_revision, form.reason, rule_form(form.content.rule)
        )
    return _page(topic, form, _run_preview(form, topic))


def _sent_form(topic: Topic | None) -> TopicForm:
    form = read_form(request.form)
    return form if topic else with_proposed_slug(form)


def _run_preview(form: TopicForm, topic: Topic | None) -> EditorState:
    saved = topic.content.rule if topic else None
    try:
        found = topic_preview.preview(
            read_session(), form.content.rule, saved, now(), ZoneInfo(settings().timezone)
        )
    except QueryError as error:
        return EditorState(problem=error.problem)
    return EditorState(preview=found)


def _save_response(editor: User, topic: Topic | None) -> Response:
    form = _sent_form(topic)
    try:
        with exclusive_session() as session:
            saved = _save(session, editor, topic, form)
    except TopicChanged:
        assert topic is not None
        with database().read() as session:
            theirs = desk.find_by_id(session, topic.id)
        merged = TopicForm(form.content, theirs.revision, form.reason, form.rule)
        return _page(theirs, merged, EditorState(conflict=theirs))
    except QueryError as error:
        return _page(topic, form, EditorState(problem=error.problem))
    except (InvalidInput, Conflict) as error:
        return _page(topic, form, EditorState(error=error))
    flash(translate("desk.saved"))
    return _redirect_to_topic(saved)


def _save(session: Session, editor: User, topic: Topic | None, form: TopicForm) -> Topic:
    if topic is None:
        saved = desk.create(session, editor, form.content, now())
        audit.record(session, "topic.create", saved.content.slug)
        return saved
    current = desk.find_by_id(session, topic.id)
    saved = desk.save(
        session,
        editor,
        current,
        form.content,
        base=form.base_revision,
        reason=form.reason,
        now=now(),
    )
    if saved.revision != current.revision:
        audit.record(session, "topic.save", saved.content.slug, form.reason)
    return saved


def _page(topic: Topic | None, form: TopicForm, shown: EditorState) -> Response:
    with database().read() as session:  # the request's own session is older
        notes = desk.list_notes(session, topic) if topic else ()
    page = render_template(
        "desk/edit.html",
        topic=topic,
        form=form,
        shown=shown,
        notes=notes,
        options=cached_filter_options().options,
        days=MAX_AGE_CHOICES,
    )
    return make_response(page, shown.status)


def _redirect_to_topic(topic: Topic) -> Response:
    return make_response(redirect(url_for("desk.edit", slug=topic.content.slug), 303))
