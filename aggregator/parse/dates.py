"""Parse dates as publishers write them, in Arabic, French and English, to aware UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as fixed_offset
from functools import lru_cache
from zoneinfo import ZoneInfo

# English, French, then Arabic: Maghrebi, Tunisian and Algerian, Mashriqi; as `_fold` writes.
#
# Source: CLDR, locales ar_MA, ar_DZ, ar_TN, ar_SY, ar_EG.
_MONTH_NAMES = (
    "jan january janvier janv يناير جانفي كانون_الثاني",
    "feb february fevrier fevr fev فبراير فيفري شباط",
    "mar march mars مارس اذار",
    "apr april avril avr ابريل افريل نيسان",
    "may mai ماي مايو ايار",
    "jun june juin يونيو جوان حزيران يونيه",
    "jul july juillet juil يوليوز يوليو جويليه تموز يوليه",
    "aug august aout aou غشت اغسطس اوت اب",
    "sep sept september septembre شتنبر سبتمبر ايلول",
    "oct october octobre اكتوبر تشرين_الاول",
    "nov november novembre نونبر نوفمبر تشرين_الثاني",
    "dec december decembre دجنبر ديسمبر كانون_الاول",
)
_MONTHS = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}
_TWO_WORD_MONTHS = re.compile("(كانون|تشرين) (الثاني|الاول)")

# Hours east of UTC. AST is Arabia's here, not the Atlantic's.
_ZONE_HOURS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2,
    "eet": 2, "eest": 3, "msk": 3, "ast": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip

_HIJRI = re.compile(
    "محرم|صفر|ربيع|جماد[يه]|رجب|شعبان|رمضان|شوال|ذو ال|ذي ال|هجري|[0-9] ?هـ|muharram|ramadan|hijri"
)

_RFC822 = re.compile(
    r"\s*(?:[A-Za-z]{3,9}\s*,?\s+)?(\d{1,2})[ -]([A-Za-z]{3})[A-Za-z]{0,6}[ -](\d{4}|\d\d)"
    r"\s+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(?:([+-])(\d\d):?(\d\d)|([A-Za-z]{1,4}))?\s*",
    re.ASCII,
)
_ISO = re.compile(
    r"\s*(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|\s+)(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?"
    r"\s*(?:([+-])(\d\d):?(\d\d)?|([A-Za-z]{1,4}))?)?\s*",
    re.ASCII,
)
_COMPACT = re.compile(
    r"\s*(\d{4})(\d\d)(\d\d)(?:[Tt]?(\d\d)(\d\d)(\d\d)?(?:()()()|(Z|z))?)?\s*", re.ASCII
)
_ASCTIME = re.compile(
    r"(?:[a-z]+ )?([a-z]+) (\d{1,2}) (\d{1,2}):(\d\d)(?::(\d\d))? (?:([a-z]{2,4}) )?(\d{4})"
)

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_LETTERS = str.maketrans("أإآٱىیةکéèêûôàâç،٫−–—", "ااااييهكeeeuoaac,.---", "ـ")
_MARKS = re.compile("[\u064b-\u065f\u0670\u0610-\u061a\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_TIME = re.compile(r"(?<!\d)(\d{1,2})\s?[:h]\s?(\d\d)(?:\s?[:m]\s?(\d\d))?(?!\d)(?:\.\d+)?")
_WHOLE_HOUR = re.compile(r"(?<!\d)(\d{1,2}) ?(?:h|heures?)\b")
_AFTERNOON = re.compile(r"(?<![a-zء-ي])(?:p\.?m\.?|م|مساء|مساءا)(?![a-zء-ي])")
_MORNING = re.compile(r"(?<![a-zء-ي])(?:a\.?m\.?|ص|صباح|صباحا)(?![a-zء-ي])")
_OFFSET = re.compile(r"(?:\b(?:gmt|utc|ut))?\s*([+-])\s?(\d{1,2})(?::?(\d\d))?\s*(?:\([^)]*\))?$")
_ZONE = re.compile(r"(?<![a-z])([a-z]{1,4})$")
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:er)?[ ./,-]+(?:de )?([a-zء-ي_]+)[. ,/-]+(\d{4}|\d\d)(?!\d)"
)
_MONTH_DAY = re.compile(
    r"(?<![a-zء-ي_])([a-zء-ي_]+)[. ]+(\d{1,2})(?:st|nd|rd|th)?[ ,]+(\d{4})(?!\d)"
)
_NUMERIC = re.compile(r"(?<!\d)(\d{1,4})[/.-](\d{1,2})[/.-](\d{4}|\d\d)(?!\d)")

_LONGEST = 100


def parse_date(text: str, timezone: str) -> datetime | None:
    """The moment that `text` names, in UTC; None if there is none (Hijri dates too).

    `timezone` is the IANA name of the zone of a date without one; an unknown name means UTC.
    Returns any year from 1 to 9999; whether it is plausible is up to the caller.
    """
    text = text[:_LONGEST]
    match = _RFC822.fullmatch(text)
    if match:
        day, name, digits, hour, minute, second, sign, hours, minutes, zone = match.groups()
        month = _MONTHS.get(name.lower())
        if month:
            where = _zone(sign, hours, minutes, zone, timezone)
            return _moment(_full_year(digits), month, day, hour, minute, second, where)
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        year, number, day, hour, minute, second, sign, hours, minutes, zone = match.groups()
        where = _zone(sign, hours, minutes, zone, timezone)
        return _moment(int(year), int(number), day, hour or "0", minute or "0", second, where)
    return _parse_words(_fold(text), timezone)


def _parse_words(text: str, timezone: str) -> datetime | None:
    """Dates that contain words; `text` is folded."""
    if _HIJRI.search(text):
        return None
    match = _ASCTIME.fullmatch(text)
    if match and match[1] in _MONTHS:
        zone = _zone(None, None, None, match[6], timezone)
        month = _MONTHS[match[1]]
        return _moment(int(match[7]), month, match[2], match[3], match[4], match[5], zone)
    day = _find_day(text)
    if day is None:
        return None
    (year, month, day_of_month), rest = day
    hour, minute, second, rest = _find_time(rest)
    zone = _find_zone(rest, timezone)
    return _moment(year, month, str(day_of_month), hour, minute, second, zone)


def _find_day(text: str) -> tuple[tuple[int, int, int], str] | None:
    """(year, month, day) in folded `text`, and the text without them."""
    for pattern, day, name in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for match in pattern.finditer(text):
            month = _MONTHS.get(match[name])
            if month:
                found = (_full_year(match[3]), month, int(match[day]))
                return found, _without(text, match)
    numeric = _NUMERIC.search(text)
    if numeric is None:
        return None
    first, month, last = int(numeric[1]), int(numeric[2]), numeric[3]
    if len(numeric[1]) > 2:
        found = (first, month, int(last[:2]))
    elif month > 12 >= first:  # American order, where no other is possible
        found = (_full_year(last), first, month)
    else:
        found = (_full_year(last), month, first)
    return found, _without(text, numeric)


def _find_time(text: str) -> tuple[str, str, str | None, str]:
    """(hour, minute, second) in folded `text`, midnight if none, and the text without them."""
    match = _TIME.search(text)
    if match:
        hour, minute, second = int(match[1]), match[2], match[3]
    else:
        match = _WHOLE_HOUR.search(text)
        if match is None:
            return "0", "0", None, text
        hour, minute, second = int(match[1]), "0", None
    text = _without(text, match)
    if _AFTERNOON.search(text):
        hour = hour + 12 if hour < 12 else hour
        text = _AFTERNOON.sub(" ", text)
    elif _MORNING.search(text):
        hour = 0 if hour == 12 else hour
        text = _MORNING.sub(" ", text)
    return str(hour), minute, second, text


def _find_zone(text: str, timezone: str) -> tzinfo:
    """The zone at the end of folded `text`, else that of `timezone`."""
    text = text.strip(" .,")
    match = _OFFSET.search(text)
    if match:
        return _zone(match[1], match[2], match[3], None, timezone)
    match = _ZONE.search(text)
    return _zone(None, None, None, match[1] if match else None, timezone)


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


def _fold(text: str) -> str:
    """`text` in lower case without diacritics and hamza, with Western digits."""
    text = _MARKS.sub("", text.lower().translate(_DIGITS).translate(_LETTERS))
    return _TWO_WORD_MONTHS.sub(r"\1_\2", " ".join(text.split()))


def _full_year(digits: str) -> int:
    """Two digits mean 1969 to 2068, as in POSIX."""
    year = int(digits)
    if len(digits) == 2:
        return year + (1900 if year >= 69 else 2000)
    return year


def _zone(
    sign: str | None, hours: str | None, minutes: str | None, name: str | None, timezone: str
) -> tzinfo:
    """The zone that a date names by offset or `name`, else `timezone`."""
    if sign:
        return _offset(sign, hours or "0", minutes or "0")
    if name:
        known = _ZONE_HOURS.get(name.lower())
        if known is not None:
            return UTC if known == 0 else fixed_offset(timedelta(hours=known))
    return _zone_by_name(timezone)


@lru_cache(maxsize=256)
def _offset(sign: str, hours: str, minutes: str) -> tzinfo:
    """A fixed zone; UTC where the offset is a day or more."""
    east = int(hours) * 60 + int(minutes)
    if east == 0 or east >= 24 * 60:
        return UTC
    return fixed_offset(timedelta(minutes=-east if sign == "-" else east))


@lru_cache(maxsize=256)
def _zone_by_name(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return UTC


def _moment(
    year: int, month: int, day: str, hour: str, minute: str, second: str | None, zone: tzinfo
) -> datetime | None:
    """The moment in UTC; None for a day or hour that does not exist."""
    hours = int(hour)
    seconds = min(int(second or 0), 59)  # leap seconds
    try:
        local = datetime(year, month, int(day), hours % 24, int(minute), seconds, tzinfo=zone)
        if hours == 24:
            local += timedelta(days=1)
        elif hours > 24:
            return None
        return local if zone is UTC else local.astimezone(UTC)
    except ValueError:
        return None
    except OverflowError:  # the first and the last day of the calendar
        return local.replace(tzinfo=UTC)
