"""The site about itself: /about, and what crawlers and browsers look for at fixed addresses."""

from __future__ import annotations

from datetime import datetime, timedelta
from mimetypes import guess_type
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from flask import Blueprint, Response, current_app, render_template, request

from aggregator.services.reading import newest
from aggregator.types import EntrySummary
from web.caches.listed_sources import listed_sources
from web.feeds_out.atom import rfc3339
from web.feeds_out.documents import xml_text
from web.presentation.names import title_of
from web.presentation.sharing import localized_url
from web.request.auth import can, now, require
from web.request.database import read_session, settings
from web.request.i18n import LANGUAGES, catalogues
from web.request.security import own_path
from web.state import app_state

blueprint = Blueprint("site", __name__)

# Limits of a map of news, as Google News asks: maximum stories, and how far back.
MAX_MAPPED = 1000
MAPPED_FOR = timedelta(hours=48)
# Addresses without news of their own, and the costliest ones.
_UNCRAWLED = (
    "/account", "/api/", "/desk", "/feeds/", "/following", "/forgot", "/invite/", "/language/",
    "/login", "/mine", "/operate", "/password/", "/register", "/search", "/setup/", "/starred",
    "/tags",
)  # fmt: skip
# They look at one page when somebody shares it; searches are shared, too.
_PREVIEWERS = ("Twitterbot", "facebookexternalhit", "LinkedInBot", "TelegramBot", "WhatsApp")
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"

register_namespace("news", _NEWS)
register_namespace("xhtml", _XHTML)


@blueprint.get("/about")
def about() -> str:
    """What this site is; open to everybody, and without figures where reading is not public."""
    sources = listed_sources().sources if can("source.read") else None
    return render_template("about.html", sources=sources)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers may read: nothing if reading is not public."""
    if settings().public_reading:
        lines = [
            *(f"User-agent: {name}" for name in _PREVIEWERS),
            *(f"Allow: {own_path('/')}", "", "User-agent: *"),
            *(f"Disallow: {own_path(path)}" for path in _UNCRAWLED),
            *("", f"Sitemap: {settings().base_url}/sitemap.xml"),
        ]
    else:
        lines = ["User-agent: *", f"Disallow: {own_path('/')}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The stories with news of the last two days; at most five minutes old."""
    require("entry.read")
    cache = app_state().caches.sitemap
    body = cache.get(None) or cache.put(None, _map(now()))
    response = Response(body, mimetype="application/xml")
    shared = "public" if settings().public_reading else "private"
    response.headers["Cache-Control"] = f"{shared}, max-age=300"
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """The icon for browsers that do not read the page's own link to one."""
    return _icon("icons/favicon.ico")


@blueprint.get("/apple-touch-icon.png")
@blueprint.get("/apple-touch-icon-precomposed.png")
def touch_icon() -> Response:
    """The icon of the site on the home screen of an iPhone."""
    return _icon("icons/apple-touch-icon.png")


def _icon(name: str) -> Response:
    with current_app.open_resource(f"static/{name}") as file:  # closed even if the browser hangs up
        response = Response(file.read(), mimetype=guess_type(name)[0])
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _map(moment: datetime) -> bytes:
    root = Element(f"{{{_SITEMAP}}}urlset")
    since = moment - MAPPED_FOR
    for lead in newest.stories_since(read_session(), since, MAX_MAPPED):
        _add_story(root, lead, since)
    register_namespace("", _SITEMAP)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _add_story(root: Element, lead: EntrySummary, since: datetime) -> None:
    path = f"/stories/{lead.story.id if lead.story else lead.story_id or lead.id}"
    url = SubElement(root, f"{{{_SITEMAP}}}url")
    _text(url, _SITEMAP, "loc", settings().base_url + path)
    _text(url, _SITEMAP, "lastmod", rfc3339(lead.stands_at))
    for code in LANGUAGES:
        address = localized_url(path, code)
        alternate = {"rel": "alternate", "hreflang": code, "href": address}
        SubElement(url, f"{{{_XHTML}}}link", alternate)
    if lead.published_at < since:
        return
    language = lead.language if lead.language in LANGUAGES else "ar"
    news = SubElement(url, f"{{{_NEWS}}}news")
    publication = SubElement(news, f"{{{_NEWS}}}publication")
    _text(publication, _NEWS, "name", catalogues().text(language, "site.name"))
    _text(publication, _NEWS, "language", lead.language)
    _text(news, _NEWS, "publication_date", rfc3339(lead.published_at))
    _text(news, _NEWS, "title", xml_text(title_of(lead)))


def _text(parent: Element, namespace: str, name: str, text: str) -> None:
    SubElement(parent, f"{{{namespace}}}{name}").text = text
