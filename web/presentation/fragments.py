"""Fragments of pages, rendered once for everybody who sees them alike.

A list has fifty cards, and most of them were on some page before. A card is cached under everything
that shows in it: the entry itself (with the reader's own star and tags), how lists look to this
reader, and the number of sources that joined its story lately. The key *is* the arguments of the
template: `macros/card.html` may read nothing else, so it is imported without a context. A card that
changes is another card, and unused ones are evicted. Nothing has to be invalidated, and no reader
can see another's card. The sources that a reader follows, each with its count, are cached one by
one in the same way.

Three things differ on nearly every page and are short: whether the reader has read the entry, the
words for its age, and the list that its links lead back to. The cached card has gaps for them.

The filter bar lists two hundred sources. It is cached with the options that it offers
(`web/caches/filter_options.py` renews them every half minute), for each list and language. So is
the page of all sources, with gaps for the buttons of each reader (`web/caches/listed_sources.py`),
and the choices of how pages look, which every page has, with a gap for the fields of its forms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from secrets import token_hex
from typing import NamedTuple

from flask import Flask, request
from markupsafe import Markup, escape

from aggregator.types import (
    Density,
    EntrySummary,
    FollowedSource,
    MatchReason,
    Preferences,
    SourceRef,
)
from web.caches.filter_options import CachedFilterOptions
from web.caches.listed_sources import ListedSources
from web.presentation.names import by_country
from web.presentation.times import Clock
from web.request.i18n import current_language
from web.request.list_context import ALL_ENTRIES, ListContext, way_back

CARD_CACHE_SIZE = 10_000  # the first pages of two hundred sources; about 5 kB each, with their keys
ROW_CACHE_SIZE = 4096  # a source with each number of unread entries
FILTER_BAR_CACHE_SIZE = 256
REASON_CACHE_SIZE = 4096  # a page of a topic has fifty, mostly alike
SOURCE_LIST_CACHE_SIZE = 16  # two generations in each language, for operators too; 200 kB each
CHOICE_CACHE_SIZE = 4096
DISPLAY_CACHE_SIZE = 256

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

    def at(self, density: Density) -> ListAppearance:
        """The same with another density, unless the reader wants headlines only."""
        if self.density == "headlines":
            return self
        return self._replace(density=density, images=self.images and density != "headlines")

    @property
    def of_cards(self) -> ListAppearance:
        """How a card looks in any list."""
        return self._replace(context=ALL_ENTRIES)


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


class CardGaps(NamedTuple):
    """What stands in a cached card where each reader sees something else.

    Random, so that nothing that a publisher writes is taken for a gap.
    """

    read: str
    age: str
    query: str

    @classmethod
    def new(cls) -> CardGaps:
        """The gaps of one cache."""
        secret = token_hex(8)
        return cls(*(f"\x00{secret}{name}\x00" for name in cls._fields))


class FragmentCache:
    """The cached fragments of one application."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        self._environment = app.jinja_env
        self._clock = clock
        self._gaps = CardGaps.new()
        self._card = lru_cache(CARD_CACHE_SIZE)(self._render_card)
        self._row = lru_cache(ROW_CACHE_SIZE)(self._render_row)
        self._filter_bar = lru_cache(FILTER_BAR_CACHE_SIZE)(self._render_filter_bar)
        self._reason = lru_cache(REASON_CACHE_SIZE)(self._render_reason)
        self._source_list = lru_cache(SOURCE_LIST_CACHE_SIZE)(self._render_source_list)
        self._display = lru_cache(DISPLAY_CACHE_SIZE)(self._render_display)
        self._choice = lru_cache(CHOICE_CACHE_SIZE)(self._render_choice)
        self._form_fields = f"\x00{token_hex(8)}form\x00"

    def cards(
        self,
        entries: Sequence[EntrySummary],
        look: ListAppearance,
        lead: EntrySummary | None = None,
    ) -> Markup:
        """The cards of a list; `lead` is the entry that opens the page."""
        return self._with_links("\n".join(self._each_text(entries, look, lead)), look)

    def each_card(
        self,
        entries: Sequence[EntrySummary],
        look: ListAppearance,
        lead: EntrySummary | None = None,
    ) -> Iterator[Markup]:
        """As `cards`, one by one."""
        for text in self._each_text(entries, look, lead):
            yield self._with_links(text, look)

    def _each_text(
        self, entries: Sequence[EntrySummary], look: ListAppearance, lead: EntrySummary | None
    ) -> Iterator[str]:
        """Cards whose links still lack their queries: one replacement does for a whole list."""
        gaps, look = self._gaps, look.of_cards
        ages = self._clock.ages(entry.stands_at for entry in entries)
        for entry, age in zip(entries, ages, strict=True):
            shared = entry._replace(read=False) if entry.read else entry
            joined = self._clock.recent_source_count(entry.story)
            text = self._card(shared, look, entry is lead, joined)
            read = " read" if entry.read else ""
            yield text.replace(gaps.read, read).replace(gaps.age, escape(age))

    def _with_links(self, text: str, look: ListAppearance) -> Markup:
        query = escape(way_back(look.context))
        return Markup(text.replace(self._gaps.query, query))  # noqa: S704  # cards, and escaped

    def followed(self, sources: Sequence[FollowedSource], look: ListAppearance) -> Markup:
        """Followed sources with their unread counts, as list items."""
        return _LINE.join(self._row(source, look.language, look.root) for source in sources)

    def filter_bar(self, look: ListAppearance, options: CachedFilterOptions) -> Markup:
        """The filter bar of a list."""
        return self._filter_bar(look, options)

    def source_list(
        self,
        listed: ListedSources,
        operates: bool,  # called by a template
        followed: Collection[str] | None,
        form_fields: Markup,
    ) -> Markup:
        """All sources by country; with buttons to follow them unless `followed` is None."""
        look = current_language(), request.script_root
        sources, texts = self._source_list(listed, operates, *look)
        if followed is None:
            return Markup("".join(texts))  # noqa: S704  # rendered by a template
        parts = [texts[0]]
        for source, text in zip(sources, texts[1:], strict=True):
            parts += self._choice(source, source.slug in followed, *look), text
        filled = "".join(parts).replace(self._form_fields, form_fields)
        return Markup(filled)  # noqa: S704  # rendered by a template, the fields too

    def display_forms(
        self,
        preferences: Preferences,
        offered: tuple[str, ...],
        signed_in: bool,  # called by a template
        form_fields: Markup,
    ) -> Markup:
        """The choices of how pages look; `offered` are the languages of stories to choose from."""
        look = current_language(), request.script_root
        text = self._display(preferences, offered, signed_in, *look)
        return Markup(text.replace(self._form_fields, form_fields))  # noqa: S704  # as above

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
        self, entry: EntrySummary, look: ListAppearance, lead: bool, joined: int
    ) -> str:
        gaps = map(Markup, self._gaps)
        return str(self._rendered("macros/card.html", "card", entry, look, lead, joined, *gaps))

    def _render_row(self, source: FollowedSource, language: str, root: str) -> Markup:
        return self._rendered("macros/followed.html", "row", source, language, root)

    def _render_filter_bar(self, look: ListAppearance, options: CachedFilterOptions) -> Markup:
        return self._rendered("macros/filters.html", "filters", look, options.options)

    def _render_source_list(
        self, listed: ListedSources, operates: bool, _language: str, _root: str
    ) -> tuple[list[SourceRef], list[str]]:
        """The sources in the order of the page, and the text around their buttons."""
        gap = escape(f"\x00{token_hex(8)}\x00")
        text = self._rendered("macros/source_list.html", "countries", listed.sources, operates, gap)
        groups = by_country(listed.sources)
        return [each.source for _, group in groups for each in group], str(text).split(gap)

    def _render_choice(self, source: SourceRef, on: bool, _language: str, _root: str) -> str:
        fields = escape(self._form_fields)
        return str(self._rendered("macros/choice.html", "choice", source, "follow", on, fields))

    def _render_display(
        self,
        preferences: Preferences,
        offered: tuple[str, ...],
        signed_in: bool,  # as above
        _language: str,
        _root: str,
    ) -> str:
        fields = escape(self._form_fields)
        values = preferences, offered, signed_in, fields
        return str(self._rendered("macros/display.html", "forms", *values))

    def _render_reason(self, reason: MatchReason, _language: str) -> Markup:
        return self._rendered("macros/why.html", "block", reason)

    def _rendered(self, template: str, macro: str, *values: object) -> Markup:
        rendered = getattr(self._environment.get_template(template).module, macro)(*values)
        assert isinstance(rendered, Markup)
        return rendered
