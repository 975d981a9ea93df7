"""How values look on a page: times, dates, counts, names, addresses.

Everything here turns a value into words of the reader's language. Sentences come from the
catalogues, names of months, days, countries and languages from CLDR through Babel. Numbers are
always written 0-9, and months as Moroccans write them (ar_MA: غشت, not أغسطس).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, request, url_for
from markupsafe import Markup, escape

from aggregator.types import (
    Enclosure,
    EntryDetail,
    EntryFilter,
    EntryPage,
    EntrySummary,
    SourceOverview,
    SourceRef,
)
from web.i18n import current_language, translate, translate_count

LOCALES = {"ar": Locale("ar", "MA"), "fr": Locale("fr"), "en": Locale("en", "GB")}
MAGHREB = ("MA", "DZ", "TN", "LY", "MR", "EH")
HOME_COUNTRY = "MA"
FILTERS = ("source", "country", "lang")
"""The query parameters that narrow a list."""
WORDS_PER_MINUTE = 200
LONGEST_SUMMARY = 400
"""A stored summary of about this length was itself cut off (see `EntryForPoll.summary`)."""
SENTENCE_ENDS = (".", "!", "?", "؟", "»", "”", '"', ")")

ARABIC_SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}
"""A number of each plural form."""

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"),
            ("SamsungBrowser", "Samsung"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


# --- dates and times -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day of a list, under their heading."""

    day: date
    heading: str
    entries: tuple[EntrySummary, ...]


@dataclass(frozen=True)
class Clock:
    """The reader's wall clock: the time zone of the site, and now."""

    timezone: ZoneInfo
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def local(self, moment: datetime) -> datetime:
        """`moment` as the clock on the wall shows it."""
        return moment.astimezone(self.timezone)

    def today(self) -> date:
        """The current day here."""
        return self.local(self.now()).date()

    def hour(self, moment: datetime) -> str:
        """14:05."""
        return f"{self.local(moment):%H:%M}"

    def short(self, moment: datetime) -> str:
        """24 نونبر, with the year where it is not this one."""
        day = self.local(moment).date()
        return date_text(day, current_language(), year=day.year != self.today().year)

    def exact(self, moment: datetime) -> str:
        """الثلاثاء 24 نونبر 2026، 14:05."""
        day = date_text(self.local(moment).date(), current_language(), year=True, weekday=True)
        return translate("time.date_and_hour", date=day, hour=self.hour(moment))

    def brief(self, moment: datetime) -> str:
        """24 نونبر، 14:05."""
        return translate("time.date_and_hour", date=self.short(moment), hour=self.hour(moment))

    def ago(self, moment: datetime) -> str:
        """قبل 5 دقائق; a date and an hour once a day has passed."""
        passed = self.now() - moment
        return self.brief(moment) if passed >= timedelta(days=1) else ago_text(passed)

    def until(self, moment: datetime) -> str:
        """بعد 5 دقائق; a date and an hour where it is more than a day."""
        left = moment - self.now()
        return self.brief(moment) if left >= timedelta(days=1) else until_text(left)

    def heading(self, day: date) -> str:
        """Today, yesterday or the day's date."""
        today = self.today()
        if day == today:
            return translate("day.today")
        if day == today - timedelta(days=1):
            return translate("day.yesterday")
        return date_text(day, current_language(), year=day.year != today.year, weekday=True)

    def by_day(self, entries: Iterable[EntrySummary]) -> tuple[Day, ...]:
        """Runs of entries of the same day, in the order given."""
        days: list[tuple[date, list[EntrySummary]]] = []
        for entry in entries:
            day = self.local(entry.published_at).date()
            if not days or days[-1][0] != day:
                days.append((day, []))
            days[-1][1].append(entry)
        return tuple(Day(day, self.heading(day), tuple(group)) for day, group in days)


def date_text(day: date, language: str, *, year: bool, weekday: bool = False) -> str:
    """A date in words, as newspapers of that language write it."""
    pattern = ("EEEE " if weekday else "") + "d MMMM" + (" y" if year else "")
    text = format_date(day, pattern, locale=LOCALES[language])
    if language == "fr" and day.day == 1:
        return text.replace("1 ", "1er ", 1)
    return text


def ago_text(passed: timedelta) -> str:
    """How long ago in the largest fitting unit below a day."""
    minutes = max(0, int(passed.total_seconds()) // 60)
    if minutes == 0:
        return translate("time.now")
    if minutes < 60:
        return translate_count("time.minutes_ago", minutes)
    return translate_count("time.hours_ago", minutes // 60)


def until_text(left: timedelta) -> str:
    """In how long, in the largest fitting unit below a day."""
    minutes = max(0, int(left.total_seconds()) // 60)
    if minutes == 0:
        return translate("time.soon")
    if minutes < 60:
        return translate_count("time.in_minutes", minutes)
    return translate_count("time.in_hours", minutes // 60)


def reading_time(words: int) -> str:
    """قراءة في 3 دقائق; empty where there is nothing to read."""
    if words <= 0:
        return ""
    minutes = max(1, round(words / WORDS_PER_MINUTE))
    return translate_count("entry.reading_time", minutes)


# --- names and numbers -----------------------------------------------------------------------


def number(value: float) -> str:
    """A number with the separators of the language; at most one decimal."""
    text = format_decimal(round(value, 1), locale=LOCALES[current_language()])
    return str(text)


def bdi(value: object) -> Markup:
    """`value` isolated from the direction of the sentence around it."""
    return Markup("<bdi>{}</bdi>").format(value)


def language_name(code: str) -> str:
    """The name of a language in the reader's; the code itself where nobody knows it."""
    names = LOCALES[current_language()].languages
    return capitalized(names.get(code.replace("-", "_"), names.get(code.split("-")[0], code)))


def country_name(code: str) -> str:
    """The name of a country in the reader's language."""
    return str(LOCALES[current_language()].territories.get(code, code))


def capitalized(text: str) -> str:
    """First letter large: French writes "arabe", which stands alone in our lists."""
    return text[:1].upper() + text[1:]


def source_name(source: SourceRef) -> str:
    """The name of a source in the reader's language."""
    return source.name.get(current_language())


def file_size(length: int) -> str:
    """3,4 MB; empty where it is unknown."""
    if length <= 0:
        return ""
    if length < 1_000_000:
        return translate("size.kb", number=number(max(1, round(length / 1000))))
    return translate("size.mb", number=number(length / 1_000_000))


def excerpt(text: str, letters: int = 220) -> str:
    """The beginning of a text, cut between words; "…" says that there is more of it."""
    if len(text) > letters:
        text = text[:letters].rsplit(" ", 1)[0]
    elif len(text) < LONGEST_SUMMARY * 0.9 or text.endswith(SENTENCE_ENDS):
        return text
    return text.rstrip(" ،,.:;؛…") + "…"


def device(user_agent: str) -> str:
    """Firefox on Linux."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        sentence = escape(translate("account.browser_on"))
        return sentence % {"browser": bdi(browser), "system": bdi(system)}
    return browser or system or translate("account.unknown_browser")


def ownership_name(ownership: str) -> str:
    """Who owns a source: state, party, private or public."""
    return translate(f"ownership.{ownership}")


def role_name(role: str) -> str:
    """What a person may do: reader, editor or operator."""
    return translate(f"role.{role}")


def plural_forms(key: str) -> dict[str, str]:
    """The forms of a message under the names that `Intl.PluralRules` gives them in a browser."""
    samples = ARABIC_SAMPLES if current_language() == "ar" else {"one": 1, "other": 2}
    return {form: translate_count(key, n) for form, n in samples.items()}


def media_kind(enclosure: Enclosure) -> str:
    """How an enclosure is offered: "audio", "video", "image" or "file"."""
    kind = enclosure.type.partition("/")[0].lower()
    return kind if kind in ("audio", "video", "image") else "file"


# --- sources and feeds -----------------------------------------------------------------------


def by_country(sources: Iterable[SourceOverview]) -> tuple[tuple[str, list[SourceOverview]], ...]:
    """Sources under their countries: Morocco, its neighbours, then the others by name."""
    countries: dict[str, list[SourceOverview]] = {}
    for overview in sources:
        countries.setdefault(overview.source.country, []).append(overview)
    return tuple((code, countries[code]) for code in sorted(countries, key=country_order))


def country_order(code: str) -> tuple[int, str]:
    """Sorts Morocco first, then the Maghreb, then the world by name."""
    near = MAGHREB.index(code) if code in MAGHREB else len(MAGHREB)
    return (near, country_name(code))


# --- addresses -------------------------------------------------------------------------------


def web_url(url: str | None) -> str:
    """`url` if a browser may follow it, else nothing: publishers' links stay untrusted."""
    return url if url and url.lower().startswith(("http://", "https://")) else ""


def filter_url(current: EntryFilter, **changes: str | None) -> str:
    """The address of the front page with the filter `current`, some of it changed."""
    chosen = {"source": current.source, "country": current.country, "lang": current.language}
    values: dict[str, Any] = {name: value for name, value in (chosen | changes).items() if value}
    return url_for("entries.index", **values)


def is_filtered(current: EntryFilter) -> bool:
    """Whether the front page shows less than everything."""
    return bool(current.source or current.country or current.language)


def next_page_url(page: EntryPage) -> str:
    """The address of what comes after `page` in the list that is being shown."""
    if not page.next_cursor:
        return ""
    kept = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    path = quote(request.script_root + request.path)
    return f"{path}?{urlencode(kept | {'cursor': page.next_cursor})}"


def here() -> str:
    """The address of this page on this site, to come back to it."""
    return request.full_path.rstrip("?")


@cache
def fingerprint(path: Path, modified: int) -> str:
    """A short name for the content of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset_url(app: Flask, name: str) -> str:
    """The address of a static file, changing with its content so that it may be kept for ever."""
    path = Path(app.static_folder or "") / name
    return url_for("static", filename=name, v=fingerprint(path, path.stat().st_mtime_ns))


def lead_of(page: EntryPage, current: EntryFilter) -> EntrySummary | None:
    """The entry that opens the front page: the newest one, on the first unfiltered page only."""
    if is_filtered(current) or "cursor" in request.args or not page.entries:
        return None
    return page.entries[0]


def opening_image(entry: EntryDetail) -> str:
    """The image to open an article with; empty where its own text begins with one."""
    image = web_url(entry.summary.image_url)
    beginning = entry.content[:1500]
    if str(escape(image)) in entry.content or "<img" in beginning or "<video" in beginning:
        return ""
    return image


def joined(values: Sequence[object]) -> Markup:
    """Names side by side, each isolated, with the comma of the language."""
    return escape(translate("list.comma")).join(bdi(value) for value in values)


FUNCTIONS: tuple[Callable[..., object], ...] = (
    bdi, by_country, country_name, device, excerpt, file_size,
    filter_url, here, is_filtered, joined, language_name, lead_of, media_kind, next_page_url,
    number, opening_image, ownership_name, plural_forms, reading_time, role_name, source_name,
    web_url,
)  # fmt: skip
"""What templates call, as functions and as filters."""


def init_app(app: Flask, timezone: str = "Africa/Casablanca") -> None:
    """Give templates their filters and functions; times are shown in `timezone`."""
    clock = Clock(ZoneInfo(timezone))
    named: dict[str, Callable[..., object]] = {each.__name__: each for each in FUNCTIONS}
    named |= {
        "ago": clock.ago,
        "brief_time": clock.brief,
        "by_day": clock.by_day,
        "exact_time": clock.exact,
        "full_date": lambda: date_text(clock.today(), current_language(), year=True, weekday=True),
        "hour": clock.hour,
        "until": clock.until,
        "asset": lambda name: asset_url(app, name),
    }
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(named)
    app.jinja_env.globals.update(named)
    app.extensions["marsad_clock"] = clock
