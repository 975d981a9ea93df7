"""What one application keeps for all of its requests, reached by `app_state()`.

Built once by `create_app` and stored under one name in `app.extensions`. The rooms whose values it
holds import it, so their types are imported for annotations only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

from flask import Flask, current_app

from aggregator.config import WebSettings
from aggregator.process.feeds.schedule import MAX_BACKOFF
from aggregator.services.accounts.known_devices import KnownDevices
from aggregator.services.accounts.mail import Mailer
from aggregator.services.accounts.passkeys import PasskeyMaker
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.accounts.secret_box import SecretBox
from aggregator.services.operate.source_requests import SourceFile
from aggregator.storage.engine import Database
from aggregator.storage.replica import Replica
from aggregator.types import PackSpec, Role
from aggregator.types.sections import SECTIONS
from web.caches.shared import SharedValues
from web.caches.ttl import TtlCache
from web.caches.unread import UnreadCache

if TYPE_CHECKING:
    from flask_wtf.csrf import CSRFProtect

    from aggregator.process.stories.front_page import FrontPlan
    from aggregator.services.accounts.oidc.sign_in import Oidc
    from aggregator.services.accounts.trusted_header import TrustedHeader
    from aggregator.services.sync.names import MatchesKey
    from web.assets.fonts import Fonts
    from web.assets.scripts import Scripts
    from web.assets.styles import StyleSheets
    from web.caches.filter_options import CachedFilterOptions
    from web.caches.listed_sources import ListedSources
    from web.caches.saved_counts import SavedSearchKey
    from web.presentation.drawing import Card
    from web.request.deferred_writes import DeferredWrites
    from web.request.search_share import Shares
    from web.serving.metrics import WebMetrics

_NAME = "marsad"


class Caches:
    """Values that pages may show a little late.

    `shared`: what this process shares with others behind the same port; None if it is alone.
    """

    def __init__(self, shared: SharedValues | None = None) -> None:
        # Unread entries of each reader. Each request brings them up to date with the database.
        self.unread = UnreadCache()
        # Drawn pictures, empty if one cannot be drawn: at most 12 MB. What they show is their key.
        self.pictures: TtlCache[Card, bytes] = TtlCache(3600, 200)
        # New entries of each saved search, by search, query and what its reader has seen.
        self.saved_counts: TtlCache[SavedSearchKey, int] = TtlCache(
            60, 5000, "saved_counts", shared
        )
        # Matches of saved searches for apps that sync, by reader, query and latest entry.
        self.sync_matches: TtlCache[MatchesKey, tuple[int, ...]] = TtlCache(
            60, 1000, "sync_matches", shared
        )
        # The choices of the filter bar.
        self.filter_options: TtlCache[None, CachedFilterOptions] = TtlCache(
            30, 1, "filter_options", shared
        )
        # The map of the site, for crawlers.
        self.sitemap: TtlCache[None, bytes] = TtlCache(300, 1, "sitemap", shared)
        # What stands where on the front page.
        self.front_plan: TtlCache[None, FrontPlan] = TtlCache(30, 1, "front_plan", shared)
        # How much of an article a reprint has, by their ids.
        self.reprint_shares: TtlCache[tuple[int, int], float] = TtlCache(
            300, 20_000, "reprint_shares", shared
        )
        # The page of all sources.
        self.listed_sources: TtlCache[None, ListedSources] = TtlCache(
            30, 1, "listed_sources", shared
        )


@dataclass(frozen=True, slots=True)
class AppState:
    """What the request handlers of one application share."""

    database: Database
    settings: WebSettings
    passwords: PasswordHasher
    devices: KnownDevices
    csrf: CSRFProtect
    scripts: Scripts
    styles: StyleSheets
    fonts: Fonts
    metrics: WebMetrics
    deferred: DeferredWrites
    search_shares: Shares
    # The longest wait for a next poll.
    longest_poll_wait: timedelta = MAX_BACKOFF
    # A standby that visitors read from; None without `read_url`.
    replica: Replica | None = None
    # As configured; without any, sources are grouped by what they have in common.
    packs: tuple[PackSpec, ...] = ()
    # Maximum bytes that a hub may deliver; 0 if hubs cannot reach this site.
    max_push_bytes: int = 0
    # Maximum open requests of a reader for sources; 0 if nobody may ask.
    max_requests: int = 5
    # Where accepted sources are written; None without a config file.
    source_file: SourceFile | None = None
    # Sections of the front page, in their order.
    sections: tuple[str, ...] = SECTIONS
    # None if mail is not configured.
    mailer: Mailer | None = None
    # Who else signs people in; None if nobody does.
    oidc: Oidc | None = None
    trusted_header: TrustedHeader | None = None
    # None where browsers allow no passkeys: they want https and a name.
    passkeys: PasskeyMaker | None = None
    secret_box: SecretBox = field(default_factory=SecretBox)
    # Roles whose sessions need a second factor.
    second_factor_roles: frozenset[Role] = frozenset()
    caches: Caches = field(default_factory=Caches)
    # Set once an account has been seen: from then on nobody has to ask the database.
    has_accounts: Event = field(default_factory=Event)


def set_state(app: Flask, state: AppState) -> None:
    """Give the application its state."""
    app.extensions[_NAME] = state


def state_of(app: Flask) -> AppState:
    """The state of an application."""
    state = app.extensions[_NAME]
    assert isinstance(state, AppState)
    return state


def app_state() -> AppState:
    """The state of the application that handles this request."""
    return state_of(current_app)
