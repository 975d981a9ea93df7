"""Following and muting: one source from its page, everything on `/following`, OPML.

A form is answered with a redirect back and a message on the next page, a script with JSON.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request

from aggregator.errors import InvalidInput, ParseError
from aggregator.parse.opml import write_opml
from aggregator.services.reading import (
    folders,
    following,
    muting,
    packs,
    source_requests,
    stories,
    subscription_opml,
)
from aggregator.services.reading import topics as followed_topics
from aggregator.services.reading.following import FollowingView
from aggregator.services.reading.subscription_opml import OpmlImport
from aggregator.types import SourceRef, User
from web.caches.saved_counts import searches_with_counts
from web.caches.unread_counts import unread_counts_now
from web.presentation import country_name, isolated, set_current_path, source_name, source_options
from web.request import params
from web.request.auth import now, require_user
from web.request.clients import wants_json
from web.request.database import database, write_session
from web.request.flashes import flash, flash_with_undo
from web.request.i18n import translate
from web.request.preferences import reading_languages
from web.request.security import MAX_UPLOAD_BYTES, own_path, safe_next
from web.state import app_state

blueprint = Blueprint("following", __name__)

# Maximum sources to suggest before the reader searches for any.
SUGGESTED_SOURCES = 12


@blueprint.url_value_preprocessor
def _allow_upload(endpoint: str | None, _values: object) -> None:
    """Raise the size limit for a file, before the form is read for its CSRF token."""
    if endpoint == "following.import_file":
        request.max_content_length = MAX_UPLOAD_BYTES


# --- one source ------------------------------------------------------------------------------


@blueprint.post("/sources/<slug>/follow")
def follow(slug: str) -> Response:
    """Follow or unfollow a source; `as_before` undoes an unfollow."""
    reader = require_user("source.follow")
    on = params.on(request.form)
    as_before = request.form.get("as_before") == "1"
    folder = params.folder(request.form)
    with write_session() as session:
        if on:
            source = following.follow(session, reader, slug, now(), as_before=as_before)
            if folder:
                folders.put_back(session, reader, {source.id: folder})
        else:
            places = folders.folder_of_sources(session, reader)
            source = following.unfollow(session, reader, slug)
            folder = places.get(source.id)
    message = _message("following.on" if on else "following.off", source)
    if wants_json():
        label = translate("following.unfollow" if on else "mine.follow")
        return _counts_response(reader, on, label, message, folder if not on else None)
    if on:
        flash(message)
    else:
        place = {"folder": str(folder)} if folder else {}
        flash_with_undo(message, f"/sources/{slug}/follow", on="1", as_before="1", **place)
    return _redirect_back(f"/sources/{slug}")


@blueprint.post("/sources/<slug>/mute")
def mute(slug: str) -> Response:
    """Mute a source (leave it out of mixed lists), or unmute it."""
    reader = require_user("source.mute")
    on = params.on(request.form)
    with write_session() as session:
        source = muting.mute_source(session, reader, slug, on, now())
    message = _message("muting.on" if on else "muting.off", source)
    if wants_json():
        label = translate("muting.unmute" if on else "muting.mute")
        return _counts_response(reader, on, label, message)
    flash_with_undo(message, f"/sources/{slug}/mute", on="0" if on else "1")
    return _redirect_back(f"/sources/{slug}")


def _counts_response(
    reader: User, on: bool, label: str, message: str, folder: int | None = None
) -> Response:
    """The new state of a button; `folder` is that of an unfollowed source, for following again."""
    counts = unread_counts_now(reader)
    place = {"folder": folder} if folder else {}
    return jsonify(
        on=on,
        label=label,
        message=message,
        unread=counts.by_source,
        total_unread=counts.total,
        **place,
    )


# --- everything ------------------------------------------------------------------------------


@blueprint.get("/following")
def index() -> Response:
    """What the reader follows and mutes, and suggestions."""
    return following_page(require_user("source.follow"))


@blueprint.post("/following/words")
def mute_word() -> Response:
    """Mute a word."""
    reader = require_user("source.mute")
    try:
        with write_session() as session:
            word = muting.mute_word(session, reader, request.form.get("word", ""), now())
    except InvalidInput as error:
        return following_page(reader, error=error.key)
    flash_with_undo(_message("muting.word_on", word), "/following/words/remove", word=word)
    return _redirect_back("/following#words")


@blueprint.post("/following/words/remove")
def unmute_word() -> Response:
    """Unmute a word."""
    reader = require_user("source.mute")
    word = request.form.get("word", "")
    with write_session() as session:
        muting.unmute_word(session, reader, word)
    flash_with_undo(_message("muting.word_off", word), "/following/words", word=word)
    return _redirect_back("/following#words")


# --- OPML ------------------------------------------------------------------------------------


@blueprint.get("/following.opml")
def export() -> Response:
    """Export what the reader follows as OPML."""
    reader = require_user("source.follow")
    with database().read() as session:
        outlines = subscription_opml.export_followed(
            session, reader, source_name, lambda source: country_name(source.country)
        )
    response = Response(
        write_opml(translate("following.opml_title"), outlines),
        content_type="text/x-opml; charset=utf-8",
    )
    response.headers["Content-Disposition"] = 'attachment; filename="marsad.opml"'
    return response


@blueprint.post("/following/import")
def import_file() -> Response:
    """Follow the feeds of an OPML file, and report on each of them."""
    reader = require_user("source.follow")
    file = request.files.get("file")
    data = file.read() if file else b""
    if not data:
        return following_page(reader, error="error.opml_empty")
    try:
        with write_session() as session:
            done = subscription_opml.import_followed(session, reader, data, now())
    except ParseError:
        return following_page(reader, error="error.opml")
    return following_page(reader, imported=done)


def following_page(
    reader: User, *, error: str | None = None, imported: OpmlImport | None = None
) -> Response:
    """What the reader follows, with a problem, or what became of an imported file."""
    set_current_path(own_path("/following"))
    words = request.args.get("q", "").strip()[:80]
    country, language = params.country(request.args), params.language(request.args)
    unread = unread_counts_now(reader)
    with database().read() as session:  # the request's own session is older
        found = following.get_following_view(session, reader, unread)
        topics = followed_topics.list_followed(session, reader)
        followed_stories = stories.list_followed(session, reader)
        requests = source_requests.list_own(session, reader)
        offered = packs.list_packs(session, reader, app_state().packs, reading_languages())
    narrowed = bool(words or country or language)
    others = following.filter_sources(found.others, words, country, language)
    page = render_template(
        "following/index.html",
        found=found,
        topics=topics,
        stories=followed_stories,
        packs=offered,
        requests=requests,
        asking=app_state().max_requests > 0,
        searches=searches_with_counts(reader),
        by=_grouping(found),
        others=others if narrowed else others[:SUGGESTED_SOURCES],
        options=source_options(found.others),
        filters={"q": words, "country": country, "lang": language},
        narrowed=narrowed,
        error=error,
        imported=imported,
    )
    return make_response(page, 400 if error else 200)


def _grouping(found: FollowingView) -> str:
    """How the sources are grouped: as asked for, else by folder if there are any."""
    by = request.args.get("by")
    if by in ("folder", "country", "language"):
        return by
    return "folder" if found.folders else "country"


def _message(key: str, what: SourceRef | str) -> str:
    """A sentence about a source or a word, whose name is isolated from its direction."""
    name = what if isinstance(what, str) else source_name(what)
    return translate(key, name=isolated(name))


def _redirect_back(fallback: str) -> Response:
    target = safe_next(request.form.get("next"), own_path(fallback))
    return make_response(redirect(target, 303))
