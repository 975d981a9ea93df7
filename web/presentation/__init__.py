"""How values look on a page: times, names, numbers, addresses, and pieces that are kept.

Everything here turns a value into words of the reader's language. Sentences come from the
catalogues, names of months, days, countries and languages from CLDR through Babel. Numbers are
always written 0-9, and months as Moroccans write them (ar_MA: غشت, not أغسطس).
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Flask

from web.presentation.addresses import (
    asset_url,
    belongs_at,
    fingerprint,
    here,
    opening_image,
    page_url,
    web_url,
)
from web.presentation.fragments import Fragments, look_of
from web.presentation.layout import (
    Block,
    blocks,
    folds,
    lead_of,
    newest_id,
    newest_shown,
    without,
)
from web.presentation.names import (
    LOCALES,
    bdi,
    by_country,
    by_language,
    count_text,
    country_name,
    device,
    excerpt,
    file_size,
    isolated,
    joined,
    language_name,
    media_kind,
    number,
    ownership_name,
    plural_forms,
    role_name,
    source_name,
    source_options,
)
from web.presentation.search import field_names, narrowed, search_url
from web.presentation.times import Clock, Day, date_text, reading_time, wait_text
from web.request.i18n import current_language

__all__ = [
    "LOCALES",
    "Block",
    "Clock",
    "Day",
    "asset_url",
    "bdi",
    "belongs_at",
    "blocks",
    "by_country",
    "by_language",
    "count_text",
    "country_name",
    "date_text",
    "device",
    "excerpt",
    "field_names",
    "file_size",
    "fingerprint",
    "folds",
    "here",
    "init_app",
    "isolated",
    "joined",
    "language_name",
    "lead_of",
    "media_kind",
    "narrowed",
    "newest_id",
    "newest_shown",
    "number",
    "opening_image",
    "ownership_name",
    "page_url",
    "plural_forms",
    "reading_time",
    "role_name",
    "search_url",
    "source_name",
    "source_options",
    "wait_text",
    "web_url",
    "without",
]

_FUNCTIONS: tuple[Callable[..., object], ...] = (
    bdi, blocks, by_country, by_language, count_text, country_name, device, excerpt, file_size,
    folds, here, joined, language_name, lead_of, look_of, media_kind, newest_id, newest_shown,
    number, opening_image, ownership_name, plural_forms, reading_time, role_name, source_name,
    wait_text, web_url, without, field_names, narrowed, search_url,
)  # fmt: skip
"""What templates call, as functions and as filters."""


def init_app(app: Flask, timezone: str = "Africa/Casablanca") -> None:
    """Give templates their filters and functions; times are shown in `timezone`."""
    clock = Clock(ZoneInfo(timezone))
    fragments = Fragments(app, clock)
    named: dict[str, Callable[..., object]] = {each.__name__: each for each in _FUNCTIONS}
    named |= {
        "ago": clock.ago,
        "brief_time": clock.brief,
        "by_day": clock.by_day,
        "cards": fragments.cards,
        "each_card": fragments.each_card,
        "day_name": lambda moment: clock.heading(clock.local(moment).date()),
        "exact_time": clock.exact,
        "filter_bar": fragments.filter_bar,
        "followed_rows": fragments.followed,
        "full_date": lambda: date_text(clock.today(), current_language(), year=True, weekday=True),
        "hour": clock.hour,
        "until": clock.until,
        "asset": lambda name: asset_url(app, name),
        "page_url": lambda endpoint: page_url(app, endpoint),
    }
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(named)
    app.jinja_env.globals.update(named)
    app.extensions["marsad_clock"] = clock
