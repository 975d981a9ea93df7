"""Fragments of pages, rendered once for everybody who sees them alike.

A list has fifty cards, and nearly all of them were on the page before. A card is cached under
everything that shows in it: the entry itself (with the reader's own star, tags and read state), how
lists look to this reader, the list that its links lead back to, and what depends on the time: the
words for its age, which change every minute at first and never after a day, and the number of
sources that joined its story lately. The key *is* the arguments of the template: `macros/card.html`
may read nothing else, so it is imported without a context. A card that changes is another card, and
unused ones are evicted. Nothing has to be invalidated, and no reader can see another's card. The
sources that a reader follows, each with its count, are cached one by one in the same way.

The filter bar lists two hundred sources. It is cached with the options that it offers
(`web/caches/filter_options.py` renews them every half minute), for each list and language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from flask import Flask, request
from markupsafe import Markup

from aggregator.types import Density, EntrySummary, FollowedSource, MatchReason, Preferences
from web.caches.filter_options import CachedFilterOptions
from web.presentation.times import Clock
from web.request.i18n import current_language
from web.request.list_context import ListContext

CARD_CACHE_SIZE = 4096  # about 4 kB each, with their keys
ROW_CACHE_SIZE = 4096  # a source with each number of unread entries
FILTER_BAR_CACHE_SIZE = 256
REASON_CACHE_SIZE = 4096  # a page of a topic has fifty, mostly alike

_LINE = Markup("\n")
_IN_TOPIC = Markup('<div class="in-topic">{}{}</div>')


class ListAppearance(NamedTuple):
    """Everything that decides how a list looks, apart from its entries."""

    language: str
    density: Density
    images: bool
    signed_in: bool
    context: ListContext
    root: str  # path of the site on its host; "" at the root


def list_appearance(
    context: ListContext, preferences: Preferences, *, signed_in: bool
) -> ListAppearance:
    """How a list looks in this request."""
    return ListAppearance(
        current_language(),
        preferences.density,
        preferences.images and preferences.density != "headlines",
        signed_in,
        context,
        request.script_root,
    )


class FragmentCache:
    """The cached fragments of one application."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        self._environment = app.jinja_env
        self._clock = clock
        self._card = lru_cache(CARD_CACHE_SIZE)(self._render_card)
        self._row = lru_cache(ROW_CACHE_SIZE)(self._render_row)
        self._filter_bar = lru_cache(FILTER_BAR_CACHE_SIZE)(self._render_filter_bar)
        self._reason = lru_cache(REASON_CACHE_SIZE)(self._render_reason)

    def cards(
        self,
        entries: Sequence[EntrySummary],
        look: ListAppearance,
        lead: EntrySummary | None = None,
    ) -> Markup:
        """The cards of a list; `lead` is the entry that opens the page."""
        return _LINE.join(self.each_card(entries, look, lead))

    def each_card(
        self,
        entries: Sequence[EntrySummary],
        look: ListAppearance,
        lead: EntrySummary | None = None,
    ) -> Iterator[Markup]:
        """As `cards`, one by one."""
        ages = self._clock.ages(entry.stands_at for entry in entries)
        for entry, age in zip(entries, ages, strict=True):
            yield self._card(
                entry, look, age, entry is lead, self._clock.recent_source_count(entry.story)
            )

    def followed(self, sources: Sequence[FollowedSource], look: ListAppearance) -> Markup:
        """Followed sources with their unread counts, as list items."""
        return _LINE.join(self._row(source, look.language, look.root) for source in sources)

    def filter_bar(self, look: ListAppearance, options: CachedFilterOptions) -> Markup:
        """The filter bar of a list."""
        return self._filter_bar(look, options)

    def cards_with_reasons(
        self,
        entries: Sequence[EntrySummary],
        look: ListAppearance,
        reasons: Mapping[int, MatchReason],
    ) -> Markup:
        """Entries of a topic, each with why it is there."""
        return _LINE.join(
            _IN_TOPIC.format(card, self._reason_block(reasons.get(entry.id)))
            for card, entry in zip(self.each_card(entries, look), entries, strict=True)
        )

    def _reason_block(self, reason: MatchReason | None) -> Markup:
        """Why an entry is in a topic, to be opened under its card."""
        return self._reason(reason, current_language()) if reason else Markup()

    def _render_card(
        self, entry: EntrySummary, look: ListAppearance, ago: str, lead: bool, joined: int
    ) -> Markup:
        return self._rendered("macros/card.html", "card", entry, look, ago, lead, joined)

    def _render_row(self, source: FollowedSource, language: str, root: str) -> Markup:
        return self._rendered("macros/followed.html", "row", source, language, root)

    def _render_filter_bar(self, look: ListAppearance, options: CachedFilterOptions) -> Markup:
        return self._rendered("macros/filters.html", "filters", look, options.options)

    def _render_reason(self, reason: MatchReason, _language: str) -> Markup:
        return self._rendered("macros/why.html", "block", reason)

    def _rendered(self, template: str, macro: str, *values: object) -> Markup:
        rendered = getattr(self._environment.get_template(template).module, macro)(*values)
        assert isinstance(rendered, Markup)
        return rendered
