"""What keeps appearing once the written articles are out: a short entry every minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.demo import bulletins, bulletins_latin
from aggregator.demo.articles import Article
from aggregator.demo.bulletins import Moment, Text

BEGINS = timedelta(seconds=740)
EVERY = timedelta(seconds=60)
# Live entries in the feeds at a time; older ones drop out.
KEPT = 72


@dataclass(frozen=True, slots=True)
class Column:
    """A live rubric of an outlet."""

    source: str
    write: Callable[[Moment], Text]
    author: str
    category: str
    image: str | None = None


_PORT = Column("wakalat-alboughaz", bulletins.port_calls, "", "موانئ")
_REPRINT = Column("sahifat-alatlas", bulletins.port_calls, "و.ب", "اقتصاد", "port-1")

# One after the other, a minute each: every outlet writes about every twelve minutes.
COLUMNS = (
    _PORT,
    _REPRINT,
    Column("atlas-eco", bulletins_latin.wholesale_market, "", "Marchés", "market-2"),
    Column("riyada-plus", bulletins.match_report, "القسم الرياضي", "مباشر", "derby-2"),
    Column("the-rabat-observer", bulletins_latin.bus_times, "Newsroom", "Transport"),
    Column("almanara", bulletins.weather, "", "أحوال الطقس", "weather-sun"),
    Column("le-courrier-du-detroit", bulletins_latin.strait, "", "Météo marine", "port-2"),
    Column("iqtissad-alyaoum", bulletins.freight_index, "", "أسواق"),
    Column("maghreb-desk", bulletins_latin.wind_farm, "Desk", "Energy", "solar-1"),
    Column("sawt-aljanoub", bulletins.road, "", "نقطة السير", "rain-4"),
    Column("la-tribune-du-souss", bulletins_latin.reservoir, "", "Eau", "rain-3"),
    Column("the-rabat-observer", bulletins_latin.match_report, "Sports desk", "Sport", "derby-3"),
)


def visible(started_at: datetime, now: datetime) -> Iterator[Article]:
    """The latest live entries at `now`, oldest first; deterministic for a given start."""
    newest = (now - started_at - BEGINS) // EVERY
    for number in range(max(0, newest - KEPT + 1), newest + 1):
        yield _entry(number, started_at + BEGINS + number * EVERY)


def _entry(number: int, at: datetime) -> Article:
    column = COLUMNS[number % len(COLUMNS)]
    moment = Moment(number, at)
    # A reprint says what the dispatch of the minute before says, to the letter.
    original = Moment(number - 1, at - EVERY) if column is _REPRINT else moment
    text = column.write(original)
    return Article(
        id=f"live-{number}",
        event=f"live-{original.number}",
        source=column.source,
        kind="reprint" if column is _REPRINT else "live",
        title=text.title,
        author=column.author,
        categories=(column.category,),
        image=column.image,
        body=text.body,
        published_at=at,
    )
