"""The written articles: dates, datelines, reprints, and the one that is edited."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.demo import articles
from aggregator.demo.articles import Article, dateline, excerpt, load, visible
from aggregator.demo.outlets import AGENCY, BY_SLUG
from aggregator.demo.owners import OWNER_OF
from aggregator.demo.revisions import REVISIONS, WITHDRAWN
from aggregator.process.entries.absences import MIN_BEHIND
from aggregator.process.revisions.significance import compare
from aggregator.process.stories.agencies import detect_agency, mentions_agency
from aggregator.types import EntryText

START = datetime(2027, 1, 3, 15, 0, tzinfo=UTC)
_ARABIC, _LATIN = re.compile(r"[\u0620-\u064a]"), re.compile(r"[A-Za-z]")


@pytest.fixture(scope="module")
def written() -> tuple[Article, ...]:
    return load(START)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_every_article_has_an_outlet_and_a_name_of_its_own(written: tuple[Article, ...]) -> None:
    assert len({article.id for article in written}) == len(written) >= 60
    assert {article.source for article in written} <= set(BY_SLUG)
    assert len({article.source for article in written}) >= 10


def test_all_three_languages_and_both_scripts_in_a_title(written: tuple[Article, ...]) -> None:
    languages = Counter(BY_SLUG[article.source].language for article in written)
    mixed = [a.title for a in written if _ARABIC.search(a.title) and _LATIN.search(a.title)]
    assert set(languages) == {"ar", "fr", "en"}
    assert len(mixed) >= 3


def test_an_article_can_name_its_own_event(written: tuple[Article, ...]) -> None:
    events = {article.id: article.event for article in written}
    assert events["weather-daily-1"] != events["weather-daily-2"]
    assert events["rain-taroudant-1"] == events["rain-taroudant-8"] == "rain-taroudant"


def test_events_are_told_by_several_outlets(written: tuple[Article, ...]) -> None:
    sources: dict[str, set[str]] = {}
    for article in written:
        sources.setdefault(article.event, set()).add(article.source)
    assert sum(len(outlets) >= 3 for outlets in sources.values()) >= 10


def test_what_comes_later_is_not_visible_before(written: tuple[Article, ...]) -> None:
    at_start = visible(written, START, START)
    assert len(at_start) == 49
    assert all(article.published_at <= START for article in at_start)
    assert len(visible(written, START, after(15))) == 51
    assert len(visible(written, START, after(700))) == len(written) - len(WITHDRAWN)


def test_a_scheduled_article_is_published_at_the_moment_it_appears(
    written: tuple[Article, ...],
) -> None:
    flooded = next(article for article in written if article.id == "rain-taroudant-6")
    assert flooded.published_at == after(40)


def test_the_dateline_of_a_dispatch_is_its_own_day(written: tuple[Article, ...]) -> None:
    texts = {article.id: article.body for article in written}
    assert "3 يناير 2027 (و.ب)" in texts["rain-taroudant-1"]
    assert "2 يناير 2027 (و.ب)" in texts["council-government-1"]
    assert not any("2026 (و.ب)" in text for text in texts.values())


def test_a_reprint_keeps_the_day_of_the_dispatch() -> None:
    # Ten hours lie between this dispatch and its last reprint, and here midnight does too.
    bodies = {article.id: article.body for article in load(datetime(2027, 1, 4, 2, tzinfo=UTC))}
    dispatch, reprint = bodies["port-ras-boughaz-record-1"], bodies["port-ras-boughaz-record-7"]
    assert "3 يناير 2027" in dispatch
    assert "3 يناير 2027" in reprint


def test_reprints_say_what_the_agency_says(written: tuple[Article, ...]) -> None:
    dispatches = {a.event: a for a in written if a.source == AGENCY}
    reprints = [article for article in written if article.kind == "reprint"]
    opening = [dispatches[reprint.event].body[80:140] in reprint.body for reprint in reprints]
    assert len(reprints) >= 5
    assert all(opening)


def test_one_reprint_keeps_silent_about_the_agency(written: tuple[Article, ...]) -> None:
    """So that the pages of agencies have a print without credit to show from the beginning."""
    silent = [
        article.id
        for article in visible(written, START, START)
        if article.kind == "reprint"
        and not mentions_agency(article.body)
        and not detect_agency(article.body, article.author)
    ]
    assert silent == ["rain-taroudant-3"]


def test_every_kind_of_blind_spot_has_a_story_from_the_beginning(
    written: tuple[Article, ...],
) -> None:
    told: dict[str, set[str]] = {}
    for article in visible(written, START, START):
        told.setdefault(article.event, set()).add(article.source)
    stories = [
        [(BY_SLUG[slug], OWNER_OF.get(slug)) for slug in slugs]
        for slugs in told.values()
        if len(slugs) > 1
    ]
    assert any(all(outlet.language == "ar" for outlet, _ in each) for each in stories)
    assert any(all(outlet.language == "fr" for outlet, _ in each) for each in stories)
    assert any(all(outlet.country != "MA" for outlet, _ in each) for each in stories)
    assert any(all(owner and owner.kind == "state" for _, owner in each) for each in stories)


def test_months_are_those_of_moroccan_papers() -> None:
    months = {dateline(datetime(2027, month, 15, tzinfo=UTC)).split()[1] for month in range(1, 13)}
    assert {"يوليوز", "غشت", "شتنبر", "نونبر", "دجنبر", "ماي"} <= months
    assert len(months) == 12


def test_a_dateline_is_written_in_local_time() -> None:
    assert dateline(datetime(2027, 6, 30, 23, 30, tzinfo=UTC)) == "1 يوليوز 2027"


def test_links_within_a_site_stay_below_its_outlet(written: tuple[Article, ...]) -> None:
    linked = [article for article in written if 'href="/' in article.body]
    assert linked
    assert all(f'href="/{article.source}/' in article.body for article in linked)


@pytest.mark.parametrize("id_", REVISIONS)
def test_articles_are_edited_while_the_demo_runs(written: tuple[Article, ...], id_: str) -> None:
    def at(moment: datetime) -> Article:
        return next(article for article in visible(written, START, moment) if article.id == id_)

    revision = REVISIONS[id_]
    before, edited = at(START), at(START + revision.after)
    assert before.updated_at is None
    assert edited.updated_at == START + revision.after
    assert edited.title == (revision.title or before.title)
    assert edited.published_at == before.published_at
    assert all(old in before.body and new in edited.body for old, new in revision.replaced)
    assert edited.body.endswith(revision.added)


def test_each_size_of_change_is_to_be_seen(written: tuple[Article, ...]) -> None:
    """Within two minutes, the pages of changes have something of everything to show."""
    later = {article.id: article for article in visible(written, START, after(120))}
    found = {
        id_: compare(version_of(article), version_of(later[id_]))
        for article in written
        if (id_ := article.id) in REVISIONS
    }
    sizes = {id_: change.size for id_, change in found.items() if change}
    assert sizes == {
        "rain-taroudant-4": "substance",
        "solar-desalination-tafoukt-4": "typo",
        "rail-fes-oujda-2": "figures",
        "rail-fes-oujda-3": "names",
        "rain-taroudant-5": "substance",
    }
    announced = [id_ for id_, change in found.items() if change and not change.silent]
    assert announced == ["rain-taroudant-5"]


def version_of(article: Article) -> EntryText:
    return EntryText(article.title, "", article.body)


@pytest.mark.parametrize("id_", WITHDRAWN)
def test_an_article_is_withdrawn_from_the_midst_of_its_feed(
    written: tuple[Article, ...], id_: str
) -> None:
    def listed(moment: datetime) -> list[str]:
        (source,) = (article.source for article in written if article.id == id_)
        mine = [each for each in visible(written, START, moment) if each.source == source]
        mine.sort(key=lambda each: each.published_at, reverse=True)
        return [each.id for each in mine]

    before, later = listed(START), listed(START + WITHDRAWN[id_])
    assert 0 < before.index(id_) < len(before) - MIN_BEHIND
    assert id_ not in later


def test_an_excerpt_is_plain_and_ends_between_words() -> None:
    body = f"<p><strong>أقل</strong></p><p>{'كلمة أخرى، ' * 60}</p>"
    text = excerpt(body)
    assert len(text) <= articles.EXCERPT + 1
    assert text.endswith(("كلمة…", "أخرى…"))
    assert excerpt("<p>Fès &amp; Oujda</p>") == "Fès & Oujda"


def test_a_summary_has_no_gaps_where_the_text_had_emphasis() -> None:
    body = "<p>Le trafic atteint <strong>3,18 millions</strong>, contre <em>2,85</em> en 2025.</p>"
    assert excerpt(body) == "Le trafic atteint 3,18 millions, contre 2,85 en 2025."
