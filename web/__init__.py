"""The web application: `create_app(settings)` puts it together."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from aggregator.config import Settings, networks
from aggregator.services.passwords import Passwords
from aggregator.services.websub import is_reachable
from aggregator.storage.engine import Database
from aggregator.storage.secrets import shared_secret
from web import database as request_database
from web import (
    desk_display,
    enclosures,
    errors,
    feed_display,
    first_run,
    flashes,
    i18n,
    lists,
    metrics,
    preferences,
    presentation,
    prose,
    saved_counts,
    scripts,
    security,
    sessions,
    styles,
    unread,
)
from web.api import entries as api_entries
from web.api import feeds as api_feeds
from web.api import search as api_search
from web.api import stories as api_stories
from web.api import topics as api_topics
from web.feeds_out import topics as topic_feeds
from web.pages import (
    account,
    desk,
    desk_entries,
    entries,
    following,
    health,
    marking,
    offline,
    operate,
    people,
    registration,
    search,
    session,
    sources,
    stories,
    tags,
    topics,
    websub,
)
from web.pages import preferences as preferences_page

_HERE = Path(__file__).parent


def create_app(
    settings: Settings, database: Database | None = None, passwords: Passwords | None = None
) -> Flask:
    """The application for these settings; `database` (migrated) is opened unless it is given."""
    database = database or Database(settings.database.url)
    app = Flask("web", root_path=str(_HERE), template_folder=str(_templates()))
    app.secret_key = shared_secret(database, "web")
    app.url_map.merge_slashes = False
    app.url_map.converters["tag"] = tags.TagConverter
    app.json = _Json(app)
    request_database.init_app(app, settings.web, database)
    metrics.init_app(app)
    security.init_app(app, https=settings.web.base_url.startswith("https:"))
    sessions.init_app(app, passwords or Passwords())
    preferences.init_app(app)
    i18n.init_app(app)
    lists.init_app(app)
    unread.init_app(app)
    saved_counts.init_app(app)
    flashes.init_app(app)
    first_run.init_app(app)
    presentation.init_app(app, settings.web.timezone)
    scripts.init_app(app)
    styles.init_app(app)
    feed_display.init_app(app)
    desk_display.init_app(app)
    prose.init_app(app)
    enclosures.init_app(app)
    errors.init_app(app)
    _compress(app)
    for module in (
        entries,
        marking,
        sources,
        following,
        search,
        stories,
        tags,
        session,
        account,
        registration,
        people,
        health,
        offline,
        operate,
        topics,
        topic_feeds,
        desk,
        desk_entries,
        api_entries,
        api_search,
        api_stories,
        api_feeds,
        api_topics,
    ):
        app.register_blueprint(module.blueprint)
    preferences_page.init_app(app)
    if is_reachable(settings.web.base_url, networks(settings)):
        websub.init_app(app, settings.polling.max_feed_size)
    if settings.web.trusted_proxies:
        count = settings.web.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]  # as Flask's documentation says
    return app


def _compress(app: Flask) -> None:
    """Pages, styles and JSON travel compressed: a list is a fifth of its size on the wire."""
    app.config |= {
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 4,
        "COMPRESS_LEVEL": 5,
        "COMPRESS_MIN_SIZE": 1000,
    }
    Compress(app)
    app.after_request(_read_file)  # runs before the compression, which was registered first


def _read_file(response: Response) -> Response:
    """A style or script in one piece: compressing it as a stream would leave its file open."""
    if request.endpoint == "static" and response.status_code == 200:
        response.direct_passthrough = False
        response.make_sequence()
    return response


class _Json(DefaultJSONProvider):
    """Arabic as it is written, keys in the order of the documentation, no blanks."""

    ensure_ascii = False
    sort_keys = False
    compact = True


def _templates() -> Path:
    """Beside the package in a checkout, inside it once installed."""
    inside = _HERE / "templates"
    return inside if inside.is_dir() else _HERE.parent / "templates"
