"""What services need to know of a request, and the names of folders."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.services.sync.followed import Subscription
from aggregator.services.sync.names import StreamName, SyncContext
from aggregator.services.sync.subscribing import find_address
from web.greader.access import reader
from web.greader.ids import feed_url, parse_stream_id
from web.presentation.names import LOCALES, capitalized
from web.request.database import settings
from web.request.i18n import LANGUAGES, current_language
from web.request.search_context import current_search_context
from web.state import app_state


def sync_context() -> SyncContext:
    """The context of this request."""
    return SyncContext(
        reader(),
        current_search_context(),
        current_language(),
        folder_names,
        app_state().caches.sync_matches,
    )


@lru_cache(maxsize=1000)
def folder_names(country: str, language: str) -> tuple[str, ...]:
    """The names of the folder of a country and language, in each language of the interface."""
    return tuple(folder_name(country, language, each) for each in LANGUAGES)


@lru_cache(maxsize=1000)
def folder_name(country: str, language: str, interface: str) -> str:
    """The name in one language: "Morocco · Arabic"."""
    locale = LOCALES[interface]
    place = locale.territories.get(country, country)
    return f"{place} · {capitalized(locale.languages.get(language, language))}"


def folder_of(subscription: Subscription) -> str:
    """The folder in which apps show a subscription; "" for what is no source."""
    if subscription.folder or subscription.name.kind != "source":
        return subscription.folder
    return folder_name(subscription.country, subscription.language, current_language())


def find_stream(session: Session, text: str) -> StreamName:
    """The stream of an id, also of `feed/URL`. Raises InvalidInput."""
    url = feed_url(text)
    if url is None:
        return parse_stream_id(text)
    found = find_address(session, url, settings().base_url)
    if found is None:
        raise InvalidInput("error.bad_request", f"no source here has the feed {url[:300]}")
    return found
