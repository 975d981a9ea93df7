"""Pictures for links to pages that have none: a headline on paper.

Only what is stored has an address, and only what its page may show is drawn: each picture needs the
permission of its page. Drawing costs a tenth of a second of a processor, so it counts as searching
does, and the last pictures are kept.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, redirect, request

from aggregator.services.reading import entries, newest, topics
from aggregator.types import EntrySummary
from web.presentation import asset_url
from web.presentation.drawing import Card, draw
from web.presentation.names import section_name, source_name, title_of
from web.request.auth import require
from web.request.database import read_session, settings
from web.request.i18n import current_language, direction_of, translate, translate_count
from web.request.list_context import require_section
from web.request.preferences import reading_languages
from web.request.search_share import search_share
from web.state import app_state

blueprint = Blueprint("pictures", __name__, url_prefix="/pictures")


@blueprint.get("/site.png")
def site() -> Response:
    """The picture of the front page and of pages that are no single thing."""
    require("entry.read")
    return _picture(_page_card(translate("site.description"), ""))


@blueprint.get("/entries/<int:entry_id>.png")
def entry(entry_id: int) -> Response:
    """The headline of an entry under its source."""
    require("entry.read")
    shown = entries.find_entry(read_session(), None, entry_id).summary
    return _picture(_headline_card(shown, source_name(shown.source)))


@blueprint.get("/stories/<int:story_id>.png")
def story(story_id: int) -> Response:
    """The headline of a story under the number of its sources."""
    require("entry.read")
    view, _ = newest.story_entries(read_session(), story_id, 1, reading_languages())
    return _picture(_headline_card(view.lead, translate_count("story.sources", view.source_count)))


@blueprint.get("/sources/<slug>.png")
def source(slug: str) -> Response:
    """The name of a source."""
    require("source.read")
    shown = entries.find_source(read_session(), slug)
    return _picture(_page_card(source_name(shown.source), translate("nav.sources")))


@blueprint.get("/sections/<slug>.png")
def section(slug: str) -> Response:
    """The name of a section."""
    require("entry.read")
    require_section(slug)
    return _picture(_page_card(section_name(slug), ""))


@blueprint.get("/topics/<slug>.png")
def topic(slug: str) -> Response:
    """The name of a topic."""
    require("topic.read")
    shown = topics.find(read_session(), slug)
    return _picture(_page_card(shown.content.name.get(current_language()), translate("nav.topics")))


def _headline_card(shown: EntrySummary, above: str) -> Card:
    site_name = translate("site.name")
    return Card(title_of(shown), above, site_name, shown.language, shown.direction)


def _page_card(headline: str, above: str) -> Card:
    language = current_language()
    return Card(headline, above, translate("site.name"), language, direction_of(language))


def _picture(card: Card) -> Response:
    """The picture, or a redirect to the site's icon where it cannot be drawn."""
    pictures = app_state().caches.pictures
    body = pictures.get(card)
    if body is None:
        with search_share():
            body = pictures.put(card, draw(card) or b"")
    if not body:
        return make_response(redirect(asset_url(current_app, "icons/512.png")))
    response = Response(body, mimetype="image/png")
    shared = "public" if settings().public_reading else "private"
    response.headers["Cache-Control"] = f"{shared}, max-age=86400"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # other sites show it
    response.add_etag()
    response.make_conditional(request)
    return response
