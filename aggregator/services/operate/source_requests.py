"""Operators answer the requests of readers for sources."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from aggregator.errors import ConfigNotWritable, InvalidInput
from aggregator.parse.feed_urls import mend_feed_url
from aggregator.parse.source_tables import free_slug, source_table
from aggregator.process.html.urls import feed_key
from aggregator.runtime.log_lines import REQUEST_ID
from aggregator.services.ingest.probe import DEFAULT_TIMEZONE
from aggregator.services.operate import audit
from aggregator.storage.engine import Database
from aggregator.storage.entries.moves import take_entries_along
from aggregator.storage.feeds import addresses, overview, sources
from aggregator.storage.readers import source_requests as store
from aggregator.storage.readers.subscriptions import follow_for_news
from aggregator.text.plain import collapse_whitespace, strip_controls
from aggregator.types import FeedSpec, LocalizedName, SourceRequest, SourceSpec, User
from aggregator.types.audit import Act
from aggregator.types.limits import MAX_REASON, MAX_SOURCE_NAME, is_slug

log = logging.getLogger("marsad.operate")

MAX_LISTED = 100
MAX_DECIDED = 20
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_COUNTRY = re.compile(r"[A-Z]{2}")


class SourceFile(Protocol):
    """Where accepted sources are written (`config.requested.RequestedSources`)."""

    def find(self, url: str) -> SourceSpec | None: ...

    def add(self, spec: SourceSpec) -> SourceSpec: ...


@dataclass(frozen=True, slots=True)
class SourceForm:
    """What an operator says about a source that is accepted."""

    name: str
    slug: str
    language: str
    country: str
    section: str


@dataclass(frozen=True, slots=True)
class RequestBoard:
    """The requests: those to answer, and the last that were answered."""

    open: tuple[SourceRequest, ...]
    decided: tuple[SourceRequest, ...] = ()
    total: int = 0
    """Of the open ones."""


def open_requests(session: Session, limit: int) -> RequestBoard:
    """The requests that most readers wait for."""
    total = store.count_all_open(session)
    return RequestBoard(store.list_open(session, limit) if total else (), total=total)


def list_requests(session: Session) -> RequestBoard:
    """All requests that are open, and the last that were answered."""
    total = store.count_all_open(session)
    return RequestBoard(
        store.list_open(session, MAX_LISTED), store.list_decided(session, MAX_DECIDED), total
    )


def find_request(session: Session, request_id: int) -> SourceRequest:
    """A request. Raises NotFound."""
    return store.find_request(session, request_id)


def proposed_form(session: Session, request: SourceRequest) -> SourceForm:
    """What the feed says of itself, for the operator to correct."""
    feed = request.feed
    taken = {ref.slug for ref in overview.source_refs(session).values()}
    return SourceForm(
        name=feed.title[:MAX_SOURCE_NAME],
        slug=free_slug(feed.title, feed.site or feed.url, taken),
        language=feed.language or "ar",
        country="MA",
        section="general",
    )


def snippet(request: SourceRequest, form: SourceForm) -> str:
    """The table to paste into the config where it cannot be written."""
    return source_table(_spec(request, form))


def accept(
    database: Database,
    file: SourceFile | None,
    operator: User,
    request_id: int,
    form: SourceForm,
    now: datetime,
) -> bool:
    """Write the source into the config, poll it now and have its readers follow it.

    False if another operator accepted it first. The file comes first: killed before the database
    knows, the request is still open, and accepting it again, or loading the config, finds the
    source there. Raises NotFound, InvalidInput, ConfigError, ConfigNotWritable.
    """
    with database.read() as session:
        request = store.find_request(session, request_id)
    form = replace(form, name=_line(form.name), section=_line(form.section))
    if request.state == "accepted":
        return False
    spec = file.find(request.feed.url) if file else None
    if spec is None:
        with database.read() as session:
            _check(session, form)
        if file is None:
            raise ConfigNotWritable("", "there is no config file")
        spec = file.add(_spec(request, form))
    with database.write_exclusive() as session:
        source_id, moved = sources.add_source(session, spec, now)
        take_entries_along(session, moved)
        accepted = _accept(session, request_id, source_id, operator.name, now)
        if accepted:
            act = Act(
                now, operator.name, "web", "request.accept", str(request_id), spec.slug,
                REQUEST_ID.get(),
            )  # fmt: skip
            audit.record(session, act)
    if accepted:
        log.info("%s accepted the source %s", operator.name, spec.slug)
    return accepted


def decline(session: Session, operator: User, request_id: int, word: str, now: datetime) -> bool:
    """Decline a request with a word to its readers; False if it was answered already.

    Takes an exclusive transaction. Raises NotFound, and InvalidInput without a word.
    """
    store.find_request(session, request_id)
    word = _line(word)
    if not word or len(word) > MAX_REASON:
        raise InvalidInput("error.request_word", "a declined request needs a word", field="word")
    return store.decline(session, request_id, word, operator.name, now)


def accept_configured(database: Database, now: datetime) -> int:
    """Accept the open requests whose feeds are polled by now; how many.

    So it is told, too, where an operator pasted the source into the config, or was killed between
    writing the file and the database.
    """
    with database.read() as session:
        if not _configured(session):
            return 0
    with database.write_exclusive() as session:
        found = _configured(session)
        for request_id, source_id in found:
            _accept(session, request_id, source_id, "", now)
    return len(found)


def _configured(session: Session) -> Sequence[tuple[int, int]]:
    """(request id, source id) of the open requests whose feeds are polled."""
    waiting = store.open_feed_urls(session)
    if not waiting:
        return ()
    known = {feed_key(url): id_ for id_, url in addresses.feed_addresses(session)}
    return tuple((id_, known[key]) for id_, url in waiting if (key := feed_key(url)) in known)


def _accept(session: Session, request_id: int, source_id: int, by: str, now: datetime) -> bool:
    readers = store.accept(session, request_id, source_id, by, now)
    for reader_id in readers or ():
        follow_for_news(session, reader_id, [source_id], now)
    return readers is not None


def _line(text: str) -> str:
    """What an operator typed, as it is stored: one line, without what nobody sees in it."""
    return collapse_whitespace(strip_controls(text))


def _check(session: Session, form: SourceForm) -> None:
    """Raise InvalidInput for the first field that cannot be used."""
    if not form.name or len(form.name) > MAX_SOURCE_NAME:
        raise InvalidInput("error.source_name", "a source needs a name", field="name")
    if not is_slug(form.slug):
        raise InvalidInput("error.source_slug", f"not a slug: {form.slug}", field="slug")
    if addresses.is_slug_known(session, form.slug):
        raise InvalidInput("error.source_slug_taken", f"taken: {form.slug}", field="slug")
    if not _LANGUAGE.fullmatch(form.language):
        raise InvalidInput("error.source_language", "not a language code", field="language")
    if not _COUNTRY.fullmatch(form.country):
        raise InvalidInput("error.source_country", "not a country code", field="country")


def _spec(request: SourceRequest, form: SourceForm) -> SourceSpec:
    return SourceSpec(
        slug=form.slug,
        name=LocalizedName(form.name, form.name, form.name),
        country=form.country,
        language=form.language,
        ownership=None,
        timezone=DEFAULT_TIMEZONE,
        site=mend_feed_url(request.feed.site)[0],
        feeds=(FeedSpec(request.feed.url, form.section or "general"),),
    )
