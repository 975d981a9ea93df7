"""Times in the time zone of the site: relative up to a day, then dates.

Months are those of Moroccan newspapers (ar_MA: غشت, not أغسطس), digits always 0-9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date

from aggregator.types import EntrySummary, StorySummary
from web.presentation.names import LOCALES
from web.request.i18n import current_language, translate, translate_count

WORDS_PER_MINUTE = 200

GROWTH_WINDOW = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayGroup:
    """The entries of one day of a list, and its heading."""

    day: date
    heading: str
    entries: tuple[EntrySummary, ...]


@dataclass(frozen=True)
class Clock:
    """The time zone of the site, and the current time."""

    timezone: ZoneInfo
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def local(self, moment: datetime) -> datetime:
        """`moment` in the time zone of the site."""
        return moment.astimezone(self.timezone)

    def today(self) -> date:
        """The current day here."""
        return self.local(self.now()).date()

    def hour(self, moment: datetime) -> str:
        """14:05."""
        return f"{self.local(moment):%H:%M}"

    def short(self, moment: datetime) -> str:
        """24 نونبر, with the year unless it is the current one."""
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
        """منذ 5 دقائق; a date and an hour once a day has passed."""
        return next(self.ages((moment,)))

    def ages(self, moments: Iterable[datetime]) -> Iterator[str]:
        """As `ago`, for all entries of a list at once."""
        now, language = self.now(), current_language()
        year = self.local(now).year
        for moment in moments:
            passed = now - moment
            if passed < _DAY:
                yield _minutes_ago(max(0, int(passed.total_seconds()) // 60), language)
            else:
                yield _on_a_day(self, moment, year, language)

    def recent_source_count(self, story: StorySummary | None) -> int:
        """The number of sources that joined a story in the last hour."""
        if story is None:
            return 0
        since = self.now() - GROWTH_WINDOW
        return sum(moment >= since for moment in story.joined)

    def until(self, moment: datetime) -> str:
        """بعد 5 دقائق; a date and an hour if it is more than a day."""
        left = moment - self.now()
        return self.brief(moment) if left >= timedelta(days=1) else remaining_text(left)

    def heading(self, day: date) -> str:
        """Today, yesterday or the day's date."""
        today = self.today()
        if day == today:
            return translate("day.today")
        if day == today - timedelta(days=1):
            return translate("day.yesterday")
        return date_text(day, current_language(), year=day.year != today.year, weekday=True)

    def by_day(self, entries: Iterable[EntrySummary]) -> tuple[DayGroup, ...]:
        """Runs of entries of the same day, in the order given."""
        days: list[tuple[date, list[EntrySummary]]] = []
        for entry in entries:
            day = self.local(entry.stands_at).date()
            if not days or days[-1][0] != day:
                days.append((day, []))
            days[-1][1].append(entry)
        return tuple(DayGroup(day, self.heading(day), tuple(group)) for day, group in days)


@lru_cache(maxsize=4096)
def date_text(day: date, language: str, *, year: bool, weekday: bool = False) -> str:
    """A date as newspapers of the language write it."""
    pattern = ("EEEE " if weekday else "") + "d MMMM" + (" y" if year else "")
    text = format_date(day, pattern, locale=LOCALES[language])
    if language == "fr" and day.day == 1:
        return text.replace("1 ", "1er ", 1)
    return text


@lru_cache(maxsize=4096)
def _on_a_day(clock: Clock, moment: datetime, _year: int, _language: str) -> str:
    return clock.brief(moment)


@lru_cache(maxsize=3 * 24 * 60)
def _minutes_ago(minutes: int, _language: str) -> str:
    """The age in minutes or hours."""
    if minutes == 0:
        return translate("time.now")
    if minutes < 60:
        return translate_count("time.minutes_ago", minutes)
    return translate_count("time.hours_ago", minutes // 60)


def remaining_text(left: timedelta) -> str:
    """The time left, in minutes or hours."""
    minutes = max(0, int(left.total_seconds()) // 60)
    if minutes == 0:
        return translate("time.soon")
    if minutes < 60:
        return translate_count("time.in_minutes", minutes)
    return translate_count("time.in_hours", minutes // 60)


def retry_text(seconds: int) -> str:
    """When to try again, rounded up so that it is never too early."""
    if seconds < 60:
        return translate_count("error.wait_seconds", seconds)
    return translate("error.wait", when=remaining_text(timedelta(seconds=seconds + 59)))


def reading_time(words: int) -> str:
    """قراءة في 3 دقائق; empty if there is no text."""
    if words <= 0:
        return ""
    minutes = max(1, round(words / WORDS_PER_MINUTE))
    return translate_count("entry.reading_time", minutes)
