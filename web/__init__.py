"""The web application: `create_app(settings)` puts it together."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_wtf.csrf import CSRFProtect

from aggregator.config import Settings, networks, pack_specs, poll_policy, search_tables
from aggregator.config.requested import RequestedSources
from aggregator.runtime import listening
from aggregator.services.accounts.known_devices import KnownDevices
from aggregator.services.accounts.mail import Mailer, SmtpMailer
from aggregator.services.accounts.passkeys import PasskeyMaker
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.accounts.secret_box import SecretBox
from aggregator.services.accounts.webauthn_protocol import relying_party
from aggregator.services.ingest.websub import is_reachable
from aggregator.storage.accounts.secrets import shared_secret
from aggregator.storage.engine import Database
from aggregator.storage.replica import Replica
from aggregator.text.equivalents import use_tables
from web import api, greader, presentation
from web.assets import fonts, scripts, styles
from web.caches import first_run, unread_counts
from web.caches.shared import SharedValues, open_shared
from web.feeds_out import changes as change_feeds
from web.feeds_out import insights as insight_tables
from web.feeds_out import lists as list_feeds
from web.feeds_out import personal as own_feeds
from web.feeds_out import research as research_tables
from web.feeds_out import topics as topic_feeds
from web.pages import (
    account,
    api_docs,
    asking,
    audit,
    changes,
    desk,
    desk_entries,
    dispatches,
    entries,
    folders,
    following,
    identities,
    insights,
    marking,
    offline,
    operate,
    owners,
    packs,
    passwords,
    people,
    pictures,
    probes,
    registration,
    requests,
    research,
    search,
    second_factor,
    sections,
    session,
    sign_in_steps,
    site,
    sources,
    stories,
    tags,
    topics,
    websub,
)
from web.pages import preferences as preferences_page
from web.presentation import article_html, enclosures, feed_health, queries, sharing
from web.presentation import changes as change_display
from web.presentation import desk as desk_display
from web.presentation import insights as insight_display
from web.presentation import requests as requests_display
from web.presentation import research as research_display
from web.presentation.environment import TemplateEnvironment
from web.request import (
    auth,
    errors,
    flashes,
    i18n,
    list_context,
    params,
    preferences,
    required_factor,
    security,
    token_use,
)
from web.request import database as request_database
from web.request.deferred_writes import DeferredWrites
from web.request.forwarded import TrustedProxies
from web.request.request_ids import RequestIds
from web.request.search_share import Shares
from web.serving import compression, metrics
from web.serving.entrance import Entrance
from web.sign_in import make_oidc, make_trusted_header
from web.state import AppState, Caches, set_state, state_of

# A person waits no longer than this for a lock; then the page says that nothing was saved.
LOCK_WAIT_S = 2.0

_HERE = Path(__file__).parent
_PAGES = (
    entries,
    sections,
    marking,
    sources,
    owners,
    following,
    asking,
    folders,
    packs,
    search,
    research,
    research_tables,
    stories,
    dispatches,
    insights,
    insight_tables,
    tags,
    session,
    identities,
    sign_in_steps,
    account,
    second_factor,
    api_docs,
    registration,
    passwords,
    people,
    probes,
    offline,
    operate,
    audit,
    requests,
    topics,
    topic_feeds,
    list_feeds,
    own_feeds,
    pictures,
    site,
    changes,
    change_feeds,
    desk,
    desk_entries,
)


def create_app(
    settings: Settings,
    database: Database | None = None,
    passwords: PasswordHasher | None = None,
    config_path: Path | None = None,
) -> Flask:
    """The application for these settings; `database` (migrated) is opened unless it is given.

    `config_path`: the config file, beside which accepted sources are written.
    """
    use_tables(search_tables(settings))
    database = (database or Database(settings.database.url)).with_lock_wait(LOCK_WAIT_S)
    app = Flask("web", root_path=str(_HERE), template_folder=str(_templates()))
    app.jinja_environment = TemplateEnvironment
    secret = shared_secret(database, "web")
    app.secret_key = secret
    app.url_map.merge_slashes = False
    app.url_map.converters["int"] = params.IdConverter
    app.url_map.converters["tag"] = tags.TagConverter
    app.json = _Json(app)
    shared = open_shared(listening.shared_folder())
    hasher = passwords or PasswordHasher()
    set_state(app, _make_state(settings, database, hasher, secret, config_path, shared))
    _install(app, settings)
    _register_routes(app, settings)
    proxies = TrustedProxies(settings.web.trusted_proxies)
    app.wsgi_app = Entrance(app.wsgi_app, proxies, settings.web.base_path)  # type: ignore[method-assign]  # as Flask's documentation says
    app.wsgi_app = RequestIds(app.wsgi_app, proxies.trusts)  # type: ignore[method-assign]  # as above
    return app


def _make_state(
    settings: Settings,
    database: Database,
    passwords: PasswordHasher,
    secret: str,
    config_path: Path | None,
    shared: SharedValues | None,
) -> AppState:
    counted = metrics.WebMetrics()
    return AppState(
        database=database,
        settings=settings.web,
        passwords=passwords,
        devices=KnownDevices(secret),
        csrf=CSRFProtect(),
        scripts=scripts.Scripts(i18n.catalogues().text, settings.web.base_path),
        styles=styles.bundle_all(fonts.font_rules(fonts.load_fonts())),
        fonts=fonts.load_fonts(),
        metrics=counted,
        deferred=DeferredWrites(database, counted.count_deferred),
        longest_poll_wait=poll_policy(settings).longest_wait,
        replica=_replica(settings, database),
        search_shares=Shares(shared=shared),
        caches=Caches(shared),
        sections=settings.front.sections,
        packs=pack_specs(settings),
        max_requests=settings.requests.per_reader,
        source_file=RequestedSources(config_path, os.environ) if config_path else None,
        mailer=_make_mailer(settings, counted),
        oidc=make_oidc(settings),
        trusted_header=make_trusted_header(settings),
        passkeys=_passkey_maker(settings, secret),
        secret_box=SecretBox(settings.sign_in.secret_key),
        second_factor_roles=frozenset(settings.sign_in.require_second_factor),
        max_push_bytes=settings.polling.max_feed_size if _hubs_reach(settings) else 0,
    )


def _make_mailer(settings: Settings, counted: metrics.WebMetrics) -> Mailer | None:
    if not settings.mail.host:
        return None
    return metrics.CountedMailer(SmtpMailer(**settings.mail.model_dump()), counted)


def _replica(settings: Settings, database: Database) -> Replica | None:
    url = settings.database.read_url
    return Replica(database, url) if url else None


def _passkey_maker(settings: Settings, secret: str) -> PasskeyMaker | None:
    party = relying_party(settings.web.base_url, "Marsad")
    return PasskeyMaker(party, secret) if party else None


def _hubs_reach(settings: Settings) -> bool:
    return is_reachable(settings.web.base_url, networks(settings))


def _install(app: Flask, settings: Settings) -> None:
    """What runs around each request, and what templates call; the order is that of the hooks."""
    request_database.init_app(app)
    metrics.init_app(app)
    security.init_app(app, settings.web.base_url)
    auth.init_app(app)
    token_use.init_app(app)
    required_factor.init_app(app)
    preferences.init_app(app)
    i18n.init_app(app)
    list_context.init_app(app)
    unread_counts.init_app(app)
    flashes.init_app(app)
    first_run.init_app(app)
    presentation.init_app(app, settings.web.timezone)
    scripts.init_app(app)
    styles.init_app(app)
    fonts.init_app(app)
    feed_health.init_app(app)
    change_display.init_app(app)
    insight_display.init_app(app)
    desk_display.init_app(app)
    requests_display.init_app(app)
    research_display.init_app(app)
    queries.init_app(app)
    article_html.init_app(app)
    enclosures.init_app(app)
    sharing.init_app(app)
    errors.init_app(app)
    compression.init_app(app)


def _register_routes(app: Flask, settings: Settings) -> None:
    for page in _PAGES:
        app.register_blueprint(page.blueprint)
    app.register_blueprint(api.create_blueprint(state_of(app).csrf))
    greader.init_app(app)
    preferences_page.init_app(app)
    if _hubs_reach(settings):
        websub.init_app(app)


class _Json(DefaultJSONProvider):
    """Unescaped Arabic, keys in the order of the documentation, no whitespace."""

    ensure_ascii = False
    sort_keys = False
    compact = True


def _templates() -> Path:
    """The folder of templates: beside the package in a checkout, inside it once installed."""
    inside = _HERE / "templates"
    return inside if inside.is_dir() else _HERE.parent / "templates"
