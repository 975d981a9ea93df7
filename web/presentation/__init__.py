"""Presentation of values on pages: times, names, numbers, addresses, and cached fragments.

Everything here turns a value into words of the reader's language. Sentences come from the
catalogues, names of months, days, countries and languages from CLDR through Babel. Digits are
always 0-9, and months are written as in Morocco (ar_MA: غشت, not أغسطس).
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Flask

from web.presentation.addresses import (
    asset_url,
    content_hash,
    current_path,
    host_of,
    lead_image,
    page_urls,
    safe_url,
    set_current_path,
)
from web.presentation.fragments import FragmentCache, list_appearance
from web.presentation.layout import (
    Block,
    blocks,
    front_page_lead,
    latest_entry_id,
    should_fold,
    top_entry_id,
)
from web.presentation.names import (
    LOCALES,
    agency_name,
    bdi,
    by_country,
    by_language,
    capped_count,
    country_name,
    device,
    excerpt,
    file_size,
    format_number,
    isolated,
    join_names,
    language_name,
    lead_text,
    owner_kind,
    owner_name,
    ownership_name,
    pack_name,
    plural_forms,
    role_name,
    section_name,
    source_name,
    source_options,
    title_of,
)
from web.presentation.search import count_text, days_text, field_names, search_url, with_filter
from web.presentation.times import Clock, DayGroup, date_text, reading_time, retry_text
from web.request.i18n import current_language

__all__ = [
    "LOCALES",
    "Block",
    "Clock",
    "DayGroup",
    "agency_name",
    "asset_url",
    "bdi",
    "blocks",
    "by_country",
    "by_language",
    "capped_count",
    "content_hash",
    "count_text",
    "country_name",
    "current_path",
    "date_text",
    "days_text",
    "device",
    "excerpt",
    "field_names",
    "file_size",
    "format_number",
    "front_page_lead",
    "host_of",
    "init_app",
    "isolated",
    "join_names",
    "language_name",
    "latest_entry_id",
    "lead_image",
    "lead_text",
    "owner_kind",
    "owner_name",
    "ownership_name",
    "pack_name",
    "page_url",
    "plural_forms",
    "reading_time",
    "retry_text",
    "role_name",
    "safe_url",
    "search_url",
    "section_name",
    "set_current_path",
    "should_fold",
    "source_name",
    "source_options",
    "title_of",
    "top_entry_id",
    "with_filter",
]

# Called by templates, as functions and as filters.
_FUNCTIONS: tuple[Callable[..., object], ...] = (
    bdi,
    blocks,
    by_country,
    agency_name,
    by_language,
    capped_count,
    count_text,
    country_name,
    current_path,
    days_text,
    device,
    excerpt,
    title_of,
    lead_text,
    field_names,
    file_size,
    format_number,
    host_of,
    front_page_lead,
    join_names,
    language_name,
    latest_entry_id,
    lead_image,
    list_appearance,
    owner_kind,
    owner_name,
    ownership_name,
    pack_name,
    plural_forms,
    reading_time,
    retry_text,
    role_name,
    safe_url,
    search_url,
    section_name,
    should_fold,
    source_name,
    top_entry_id,
    with_filter,
)


def init_app(app: Flask, timezone: str = "Africa/Casablanca") -> None:
    """Give templates their filters and functions; `timezone` is that of all times shown."""
    clock = Clock(ZoneInfo(timezone))
    fragments = FragmentCache(app, clock)
    named: dict[str, Callable[..., object]] = {
        function.__name__: function for function in _FUNCTIONS
    }
    named |= {
        "ago": clock.ago,
        "brief_time": clock.brief,
        "by_day": clock.by_day,
        "cards": fragments.cards,
        "cards_with_reasons": fragments.cards_with_reasons,
        "each_card": fragments.each_card,
        "display_forms": fragments.display_forms,
        "day_name": lambda moment: clock.heading(clock.local(moment).date()),
        "exact_time": clock.exact,
        "filter_bar": fragments.filter_bar,
        "followed_rows": fragments.followed,
        "source_list": fragments.source_list,
        "full_date": lambda day=None: date_text(
            day or clock.today(), current_language(), year=True, weekday=True
        ),
        "hour": clock.hour,
        "until": clock.until,
        "asset": lambda name: asset_url(app, name),
        "page_url": page_urls(app),
    }
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(named)
    app.jinja_env.globals.update(named)
