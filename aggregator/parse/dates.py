"""Parse dates as publishers write them, in the languages they write in, to aware UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as fixed_offset
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from aggregator.text.plain import collapse_whitespace, strip_controls, truncate
from aggregator.types import FeedProblem

# English, French, Arabic (Maghrebi, Tunisian and Algerian, Mashriqi), Spanish, Portuguese,
# Italian, German, Tamazight; as `_fold` writes.
#
# Source: CLDR, locales ar_MA, ar_DZ, ar_TN, ar_SY, ar_EG, es, pt, it, de, zgh.
_MONTH_NAMES = (
    "jan january janvier janv يناير جانفي كانون_الثاني ene enero janeiro gen gennaio januar ⵉⵏⵏⴰⵢⵔ",
    "feb february fevrier fevr fev فبراير فيفري شباط febrero fevereiro febbraio februar ⴱⵕⴰⵢⵕ",
    "mar march mars مارس اذار marzo marco marz maerz ⵎⴰⵕⵚ",
    "apr april avril avr ابريل افريل نيسان abr abril aprile ⵉⴱⵔⵉⵔ",
    "may mai ماي مايو ايار mayo maio mag maggio ⵎⴰⵢⵢⵓ",
    "jun june juin يونيو جوان حزيران يونيه junio junho giu giugno juni ⵢⵓⵏⵢⵓ",
    "jul july juillet juil يوليوز يوليو جويليه تموز يوليه julio julho lug luglio juli ⵢⵓⵍⵢⵓⵣ",
    "aug august aout aou غشت اغسطس اوت اب ago agosto ⵖⵓⵛⵜ",
    "sep sept september septembre شتنبر سبتمبر ايلول septiembre setiembre set setembro settembre"
    " ⵛⵓⵜⴰⵏⴱⵉⵔ",
    "oct october octobre اكتوبر تشرين_الاول octubre out outubro ott ottobre okt oktober ⴽⵜⵓⴱⵔ",
    "nov november novembre نونبر نوفمبر تشرين_الثاني noviembre novembro ⵏⵓⵡⴰⵏⴱⵉⵔ",
    "dec december decembre دجنبر ديسمبر كانون_الاول dic diciembre dez dezembro dicembre dezember"
    " ⴷⵓⵊⴰⵏⴱⵉⵔ",
)
_MONTHS = {
    name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()
}
_TWO_WORD_MONTHS = re.compile("(كانون|تشرين) (الثاني|الاول)")

# Hours east of UTC. AST is Arabia's here, not the Atlantic's; IST is India's, CST America's.
_ZONE_HOURS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "غرينتش": 0, "جرينتش": 0, "west": 1, "bst": 1,
    "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "trt": 3, "ast": 3,
    "idt": 3, "irst": 3.5, "gst": 4, "wat": 1, "cat": 2, "sast": 2, "eat": 3, "pkt": 5,
    "ist": 5.5, "npt": 5.75, "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "myt": 8, "pht": 8,
    "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11,
    "nzst": 12, "nzdt": 13, "brt": -3, "adt": -3, "ndt": -2.5, "nst": -3.5, "est": -5, "edt": -4,
    "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8,
    "hst": -10,
}  # fmt: skip

_HIJRI = re.compile(
    "محرم|صفر|ربيع|جماد[يه]|رجب|شعبان|رمضان|شوال|ذو ال|ذي ال|هجري|[0-9] ?ه(?![ء-ي])"
    "|muharram|ramadan|hijri"
)
# Years that only the Hijri calendar has reached lately.
_HIJRI_YEARS = range(1300, 1600)

_RFC822 = re.compile(
    r"\s*(?:[A-Za-z]{3,9}\s*,?\s+)?(\d{1,2})[ -]([A-Za-z]{3})[A-Za-z]{0,6}[ -](\d{4}|\d\d)"
    r"\s+(\d{1,2}):(\d\d?)(?::(\d\d?)(?:\.\d+)?)?"
    r"\s*(?:([+-])(\d\d):?(\d\d)|([A-Za-z]{1,5}))?\s*",
    re.ASCII,
)
_ISO = re.compile(
    r"\s*(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|\s+)(\d\d?):(\d\d)(?::(\d\d?)(?:[.,]\d+)?)?"
    r"\s*(?:([+-])(\d\d):?(\d\d)?|([A-Za-z]{1,5}))?)?\s*",
    re.ASCII,
)
_COMPACT = re.compile(
    r"\s*(\d{4})(\d\d)(\d\d)(?:[Tt]?(\d\d)(\d\d)(\d\d)?"
    r"(?:([+-])(\d\d):?(\d\d)?|(Z|z))?)?\s*",
    re.ASCII,
)
# Unix time in seconds, with a fraction from JSON, or in milliseconds; as `date` and .NET write it.
_EPOCH = re.compile(
    r"@?(\d{9,10}?)(?:\d{3})?(?:\.\d+)?|/date\((\d{9,10}?)\d{3}(?:[+-]\d{4})?\)/", re.ASCII
)
# What asctime, Java and JavaScript write: the year may come last, after time and zone.
_YEAR_LAST = re.compile(
    r"(?:[^\d\s]+ )?([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{1,2}:\d.*?) (\d{4})"
)

_FOLDED = str.maketrans(
    "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹أإآٱىیةکéèêûôàâçáãäíóúñ،٫−–—’",
    "01234567890123456789ااااييهكeeeuoaacaaaioun,.---'",
    "ـ",
)
_MARKS = re.compile("[\u064b-\u065f\u0670\u0610-\u061a\u200b-\u200f\u202a-\u202e\u2066-\u2069]")

_WORD = "[a-zء-يⴰ-ⵯ_]"
_AM = r"a\.? ?m\.?|ص|صباحا?|فجرا|قبل (?:الزوال|الظهر)|du matin|de la manana"
_PM = (
    r"p\.? ?m\.?|م|مساءا?|ظهرا|عصرا|بعد (?:الزوال|الظهر|العصر)|du soir|de l'apres-midi"
    r"|de la (?:tarde|noche)"
)
_HALF_OF_DAY = re.compile(rf"(?<!{_WORD})(?:({_AM})|{_PM})(?!{_WORD})")
_HALF_BEFORE = re.compile(rf"(?<!{_WORD})(?:({_AM})|{_PM})\s*$")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s?[:hو]\s?(\d{1,2})(?:\s?[:m]\s?(\d{1,2}))?(?!\d)(?:[.,]\d+)?"
)
_DOTTED_TIME = re.compile(r"(?<![\d.])(\d{1,2})\.(\d\d)(?:\.(\d\d))?(?![\d.])")
_WHOLE_HOUR = re.compile(
    rf"(?<!\d)(\d{{1,2}}) ?(?:h|heures?)(?!{_WORD})"
    rf"|(?<!\d)(\d{{1,2}})(?= ?(?:{_AM}|{_PM})(?!{_WORD}))"
    r"|الساعه (\d{1,2})(?!\d)"
)
_OFFSET = re.compile(r"([+-]) ?(\d{1,2})(?::?(\d\d))?(?: ?[a-z]{1,5})?$")
_ZONE = re.compile(rf"(?<!{_WORD})({_WORD}{{1,6}})$")
_ZONE_NAME = re.compile(r"(?<![^\s\[(])[a-z]+(?:/[a-z0-9_+-]+)+")
_BRACKETS = re.compile(r"[\[(]([^\[\]()]*)[\])]?$")

# "م" after a year is the Christian era, not the afternoon.
_ERA = rf"(?: ?م(?:يلادي[هة]?)?(?!{_WORD}))?"
_DAY = r"(?<!\d)(\d{1,2})(?:er|eme|e|st|nd|rd|th|º|°)?"
# A month of the Mashriq often has its second name beside it: "تشرين الثاني/نوفمبر".
_MONTH = rf"({_WORD}+)(?: ?[/(] ?{_WORD}+\)?)?"
_DAY_MONTH = re.compile(
    rf"{_DAY}[ ./,-]+(?:de |of |من )?{_MONTH}[. ,/-]+(?:del? )?(\d{{4}}|\d\d)(?!\d){_ERA}"
)
_MONTH_DAY = re.compile(
    rf"(?<!{_WORD})({_WORD}+)[. ]+(\d{{1,2}})(?:st|nd|rd|th)?[ ,]+(\d{{4}})(?!\d){_ERA}"
)
_YEAR_FIRST = re.compile(rf"(?<!\d)(\d{{4}})[ ./,-]+({_WORD}+)[. ,/-]+(\d{{1,2}})(?!\d)")
_NUMERIC = re.compile(
    rf"(?<!\d)(\d{{1,4}})[/.-](\d{{1,2}})[/.-](\d{{4}}|\d\d?)(?!\d)(?:(?<=\d{{4}}){_ERA})?"
)

_LONGEST = 100
# How many dates that nobody understood a problem quotes, and the characters of each.
_QUOTED, _LONGEST_QUOTE = 3, 60


def parse_date(text: str, timezone: str) -> datetime | None:
    """The moment that `text` names, in UTC; None if there is none (Hijri dates too).

    `timezone` is the IANA name of the zone of a date without one; an unknown name means UTC.
    Returns any year from 1 to 9999; whether it is plausible is up to the caller.
    """
    text = text[:_LONGEST]
    match = _RFC822.fullmatch(text)
    if match and _is_zone(match[10]):
        day, name, digits, hour, minute, second, sign, hours, minutes, zone = match.groups()
        month = _MONTHS.get(name.lower())
        if month:
            where = _zone(sign, hours, minutes, zone, timezone)
            return _moment(_full_year(digits), month, day, hour, minute, second, where)
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if match and _is_zone(match[10]):
        year, number, day, hour, minute, second, sign, hours, minutes, zone = match.groups()
        where = _zone(sign, hours, minutes, zone, timezone)
        return _moment(int(year), int(number), day, hour or "0", minute or "0", second, where)
    return _parse_words(_fold(text), timezone)


def date_problem(unread: Iterable[str]) -> FeedProblem | None:
    """The problem that quotes dates for which `parse_date` found no moment; None without any."""
    lines = (collapse_whitespace(strip_controls(text[:_LONGEST])) for text in unread)
    texts = list(dict.fromkeys(truncate(line, _LONGEST_QUOTE) for line in lines if line))
    if not texts:
        return None
    quotes = ", ".join(f"“{text}”" for text in texts[:_QUOTED])
    others = f" and {len(texts) - _QUOTED} more" if len(texts) > _QUOTED else ""
    return FeedProblem("unreadable_dates", f"dates not understood: {quotes}{others}")


def _parse_words(text: str, timezone: str) -> datetime | None:
    """Dates that no fast pattern matches; `text` is folded."""
    match = _EPOCH.fullmatch(text)
    if match:
        return datetime.fromtimestamp(int(match[1] or match[2]), UTC)
    match = _YEAR_LAST.fullmatch(text)
    if match and match[1] in _MONTHS:
        text = f"{match[2]} {match[1]} {match[4]} {match[3]}"
    day = _find_day(text)
    if day is None:
        return None
    (year, month, day_of_month), rest = day
    hour, minute, second, rest = _find_time(rest)
    zone = _find_zone(rest, timezone)
    return _moment(year, month, str(day_of_month), hour, minute, second, zone)


def _find_day(text: str) -> tuple[tuple[int, int, int], str] | None:
    """(year, month, day) in folded `text`, and the text without them.

    Of a text that names a day in both calendars, the Gregorian one.
    """
    for pattern, year, name, day in (
        (_DAY_MONTH, 3, 2, 1),
        (_MONTH_DAY, 3, 1, 2),
        (_YEAR_FIRST, 1, 2, 3),
    ):
        match = pattern.search(text)
        while match:
            month = _MONTHS.get(match[name])
            if month:
                found = (_full_year(match[year]), month, int(match[day]))
                return found, _without(text, match)
            # Minutes and the day ("8:15 PM, 22") look like a date too, and share the day with it.
            match = pattern.search(text, match.start() + 1)
    hijri = _HIJRI.search(text) is not None
    for numeric in _NUMERIC.finditer(text):
        numbers = _in_order(numeric[1], int(numeric[2]), numeric[3])
        if numbers and not (hijri and (numbers[0] in _HIJRI_YEARS or len(numeric[3]) < 4)):
            return numbers, _without(text, numeric)
    return None


def _in_order(first: str, month: int, last: str) -> tuple[int, int, int] | None:
    """(year, month, day) of a date in numbers."""
    if len(first) > 2:
        return int(first), month, int(last[:2])
    if len(last) == 1:
        return None
    if month > 12 >= int(first):  # American order, where no other is possible
        return _full_year(last), int(first), month
    return _full_year(last), month, int(first)


def _find_time(text: str) -> tuple[str, str, str | None, str]:
    """(hour, minute, second) in folded `text`, midnight if none, and the text without them."""
    match = _TIME.search(text) or _DOTTED_TIME.search(text)
    if match:
        hour, minute, second = int(match[1]), match[2], match[3]
    else:
        match = _WHOLE_HOUR.search(text)
        if match is None:
            return "0", "0", None, text
        hour, minute, second = int(match[1] or match[2] or match[3]), "0", None
    before, after = text[: match.start()], text[match.end() :]
    half = _HALF_OF_DAY.search(after)
    if half:
        after = _without(after, half)
    else:
        half = _HALF_BEFORE.search(before)
    if half and half[1]:
        hour = 0 if hour == 12 else hour
    elif half and hour < 12:
        hour += 12
    return str(hour), minute, second, f"{before} {after}"


def _find_zone(text: str, timezone: str) -> tzinfo:
    """The zone at the end of folded `text`, else that of `timezone`.

    An offset comes before the zone's name in brackets, as in `+01:00[Africa/Casablanca]`.
    """
    text = text.strip(" .,")
    bracket = _BRACKETS.search(text)
    parts = (text[: bracket.start()], bracket[1]) if bracket else (text,)
    for part in parts:
        zone = _named_zone(part.strip(" .,"), timezone)
        if zone is not None:
            return zone
    return _zone_by_name(timezone)


def _named_zone(text: str, timezone: str) -> tzinfo | None:
    """The zone at the end of `text`: an offset, an IANA name or an abbreviation."""
    name = _ZONE_NAME.search(text)
    if name and (known := _zone_names().get(name[0])):
        return _zone_by_name(known)
    match = _OFFSET.search(text)
    if match:
        return _zone(match[1], match[2], match[3], None, timezone)
    match = _ZONE.search(text)
    return _zone(None, None, None, match[1], timezone) if match and _is_zone(match[1]) else None


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


def _fold(text: str) -> str:
    """`text` in lower case without diacritics and hamza, with Western digits."""
    text = _MARKS.sub("", text.lower().translate(_FOLDED))
    return _TWO_WORD_MONTHS.sub(r"\1_\2", " ".join(text.split()))


def _full_year(digits: str) -> int:
    """Two digits mean 1969 to 2068, as in POSIX."""
    year = int(digits)
    if len(digits) == 2:
        return year + (1900 if year >= 69 else 2000)
    return year


def _is_zone(name: str | None) -> bool:
    """Whether `name` is a zone or missing, rather than "PM" or a word."""
    return name is None or name.lower() in _ZONE_HOURS


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


@cache
def _zone_names() -> dict[str, str]:
    """IANA names by their lower case."""
    return {name.lower(): name for name in available_timezones()}


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
