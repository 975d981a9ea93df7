"""Presentation of what publishers changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Flask, request

from aggregator.services.reading.comparing import excerpt_diff, headline_diff
from aggregator.text.word_diff import DiffSegment
from aggregator.types import CHANGE_SIZES, ChangeFilter, ChangeSize, SeenChange
from web.request.i18n import translate


def change_text(size: ChangeSize) -> str:
    """The words of a badge: "Changed: figures"."""
    return translate("change.badge", size=change_size_name(size))


def change_size_name(size: ChangeSize) -> str:
    """The size of a change, as one word."""
    return translate(f"change.{size}")


def history_url(entry_id: int) -> str:
    """The page of the versions of an entry."""
    return f"{request.script_root}/entries/{entry_id}/history"


def title_change(change: SeenChange) -> tuple[DiffSegment, ...]:
    """What changed in a headline; the headline itself if nothing did."""
    return headline_diff(change.before.title, change.after.title)


def text_change(change: SeenChange) -> tuple[DiffSegment, ...]:
    """The first changes of a body, with some words around them."""
    return excerpt_diff(change.before.content, change.after.content)


def changes_query(chosen: ChangeFilter, today: date, **others: str | None) -> str:
    """The query that `/changes` is narrowed with, "?…" or ""; `others` replaces parameters."""
    values = {
        "day": chosen.day.isoformat() if chosen.day and chosen.day != today else None,
        "source": chosen.source,
        "topic": chosen.topic,
        "size": chosen.size,
        "announced": "1" if chosen.announced else None,
    } | others
    query = urlencode({name: value for name, value in values.items() if value})
    return f"?{query}" if query else ""


def day_after(day: date, days: int) -> str:
    """A day some days after another, as parameters have it."""
    return (day + timedelta(days=days)).isoformat()


# Called by templates.
TEMPLATE_GLOBALS: tuple[Callable[..., object], ...] = (
    change_size_name, change_text, changes_query, day_after, history_url, text_change,
    title_change,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Give templates these functions and the sizes of changes."""
    app.jinja_env.globals.update({function.__name__: function for function in TEMPLATE_GLOBALS})
    app.jinja_env.globals["change_sizes"] = CHANGE_SIZES
