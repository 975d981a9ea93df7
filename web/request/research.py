"""What a researcher's address asks for: the same for the page, its tables and the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import get_args

from werkzeug.datastructures import MultiDict

from aggregator.errors import InvalidInput
from aggregator.process.research.periods import DEFAULT_DAYS, MAX_DAYS
from aggregator.query import is_wordless, parse
from aggregator.services.research.request import (
    MAX_SOURCES,
    Question,
    ResearchRequest,
    asked_at,
)
from aggregator.text.plain import collapse_whitespace
from aggregator.types.limits import MAX_CATEGORY, MAX_ID, is_slug
from aggregator.types.research import Grouping, PeriodUnit, ResearchScope
from web.request import params
from web.request.auth import current_user, now
from web.request.changes import site_zone
from web.request.database import read_session
from web.request.search_days import Days, parse_days

QUERY_NAMES = ("q", "q2", "q3", "q4")
UNITS: tuple[PeriodUnit, ...] = get_args(PeriodUnit)
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
_FIRST_DAY = date(1990, 1, 1)


def join_sources(arguments: MultiDict[str, str]) -> dict[str, str]:
    """The arguments, with all values of `source` as one list: a form adds to those chosen."""
    values = arguments.to_dict()
    sources = dict.fromkeys(each for each in arguments.getlist("source") if each)
    return values | ({"source": ",".join(sources)} if sources else {})


def parse_research(values: Mapping[str, str]) -> ResearchRequest:
    """Read the parameters of a request for series. Raises InvalidInput and QueryError."""
    asked = asked_at(
        read_session(),
        now(),
        _parse_moment(values, "asked"),
        params.integer(values, "upto", 0, MAX_ID) if values.get("upto") else None,
    )
    unit = _unit(values)
    zone = site_zone()
    days = _days(values, unit, asked.moment.astimezone(zone).date())
    return ResearchRequest(
        questions=tuple(
            Question(text, parse(text)) for text in _queries(values) if not is_wordless(parse(text))
        ),
        first_day=days[0],
        last_day=days[1],
        zone=zone,
        asked=asked,
        unit=unit,
        scope=parse_scope(values),
        grouping=params.choice(values, "by", GROUPINGS) if values.get("by") else None,
        hour=_parse_moment(values, "hour"),
        reader=current_user(),
    )


def parse_scope(values: Mapping[str, str]) -> ResearchScope:
    """Read the entries that shares refer to. Raises InvalidInput."""
    slugs = [slug for slug in values.get("source", "").split(",") if slug]
    if len(slugs) > MAX_SOURCES or not all(map(is_slug, slugs)):
        raise params.invalid_param(
            "source", f"at most {MAX_SOURCES} slugs of sources, separated by commas"
        )
    section = collapse_whitespace(values.get("section", ""))
    if len(section) > MAX_CATEGORY:
        raise params.invalid_param("section", f"at most {MAX_CATEGORY} letters")
    return ResearchScope(
        sources=tuple(dict.fromkeys(slugs)),
        country=params.country(values),
        language=params.language(values),
        section=section or None,
    )


def research_parameters(request: ResearchRequest, *, permanent: bool) -> dict[str, str]:
    """The parameters of a request, each with a value.

    A permanent address also says when it was asked and which entry was then the last.
    """
    scope = request.scope
    texts = (question.text for question in request.questions)
    named = {
        **dict(zip(QUERY_NAMES, texts, strict=False)),
        "source": ",".join(scope.sources),
        "country": scope.country,
        "lang": scope.language,
        "section": scope.section,
        "from": request.first_day.isoformat(),
        "to": request.last_day.isoformat(),
        "per": request.unit,
        "by": request.grouping,
    }
    if request.hour is not None:
        named["hour"] = moment_text(request.hour)
    if permanent:
        named["asked"] = moment_text(request.asked.moment)
        named["upto"] = str(request.asked.last_entry_id)
    return {name: value for name, value in named.items() if value}


def moment_text(moment: datetime) -> str:
    """A moment as addresses write it: 2026-11-30T22:15:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _queries(values: Mapping[str, str]) -> list[str]:
    return [text for name in QUERY_NAMES if (text := values.get(name, "").strip())]


def _unit(values: Mapping[str, str]) -> PeriodUnit:
    return params.choice(values, "per", UNITS) if values.get("per") else "day"


def _days(values: Mapping[str, str], unit: PeriodUnit, today: date) -> tuple[date, date]:
    """The first and the last day; up to the day of asking unless the address says so."""
    given: Days = parse_days(values)
    for name, day in (("from", given.first), ("to", given.last)):
        if day is not None and day < _FIRST_DAY:
            raise InvalidInput("error.research_first_day", f"a day since {_FIRST_DAY}", field=name)
    last = given.last or max(today, given.first or today)
    first = given.first or max(last - timedelta(days=DEFAULT_DAYS[unit] - 1), _FIRST_DAY)
    if last >= date.max:
        raise InvalidInput("error.search_day", "a day such as 2026-11-30", field="to")
    if (last - first).days >= MAX_DAYS[unit]:
        raise InvalidInput(
            f"error.research_{unit}", f"at most {MAX_DAYS[unit]} days by {unit}", field="from"
        )
    return first, last


def _parse_moment(values: Mapping[str, str], name: str) -> datetime | None:
    text = values.get(name, "")
    if not text:
        return None
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise params.invalid_param(name, "a time such as 2026-11-30T22:15:00Z") from None
    if not _FIRST_DAY.year <= moment.year <= now().year + 1:
        raise params.invalid_param(name, "a time such as 2026-11-30T22:15:00Z")
    return moment
