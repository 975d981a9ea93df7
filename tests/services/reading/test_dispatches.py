"""Dispatches: the agency's own or seen through papers, their prints, and daily sums."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.errors import NotFound
from aggregator.process.analysis.story_features import story_features
from aggregator.process.stories.dispatches import AgencyFigure, PrintForm
from aggregator.services.ingest import assign_stories
from aggregator.services.operate.agency_days import update_agency_days, update_agency_days_since
from aggregator.services.operate.retention import delete_old_entries
from aggregator.services.reading import dispatches
from aggregator.services.reading.dispatches import DispatchScope
from aggregator.storage.engine import Database
from aggregator.storage.listing.dispatches import last_summed_day
from aggregator.types import PreparedEntry, UnplacedEntry
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries

SIGNED = (
    "تيزران (و.ب) – لقي أربعة أشخاص مصرعهم وأصيب 23 آخرون بجروح متفاوتة الخطورة في حادثة سير "
    "وقعت صباح اليوم على الطريق الوطنية رقم 29 قرب أغبالة، إثر اصطدام حافلة للمسافرين قادمة من "
    "تيزران بشاحنة لنقل الرمال. ونقل المصابون إلى المستشفى الإقليمي، وفتحت مصالح الدرك تحقيقا."
)
UNSIGNED = SIGNED.partition("– ")[2]
OWN = (
    "استيقظت أغبالة على فاجعة بعد اصطدام عنيف بين حافلة وشاحنة محملة بالرمال. وحكى ناجون لموقعنا "
    "عن لحظات الرعب التي سبقت الاصطدام، وعن سائق لم ينم ليلته، وعن طريق ضيقة طالبوا بتوسيعها مرارا."
)


@pytest.fixture
def feeds(database: Database) -> dict[str, int]:
    with database.write() as session:
        agency = make_source(session, "boughaz", name="وكالة البوغاز (بالعربية)")
        french = make_source(session, "boughaz-fr", name="Agence Al Boughaz (français)")
        sources = {"agency": agency, "french": french} | {
            slug: make_source(session, slug) for slug in ("janoub", "atlas", "manara")
        }
        return {
            slug: make_feed(session, source, f"https://{slug}.example/feed")
            for slug, source in sources.items()
        }


def told(title: str, text: str, minutes: int, author: str = "") -> PreparedEntry:
    return an_entry(
        title, guid=title, text=text, author=author, story=story_features(title, text, author),
        published_at=NOW - timedelta(minutes=minutes),
    )  # fmt: skip


def arrive(database: Database, feed_id: int, entry: PreparedEntry) -> int:
    with database.write_exclusive() as session:
        (id_,) = store_entries(session, feed_id, entry)
        assign_stories.assign_stories(session, [UnplacedEntry(id_, entry.story)])
    return id_


def prints(database: Database, entry_id: int) -> list[tuple[str, bool, PrintForm | None]]:
    with database.read() as session:
        found = dispatches.get_dispatch(session, entry_id)
    return [(each.entry.source.slug, each.credited, each.form) for each in found.prints]


def test_prints_of_an_agency_tell_credit_delay_form_and_headline(database, feeds):
    dispatch = arrive(database, feeds["agency"], told("حادثة سير قرب أغبالة", SIGNED, 90))
    arrive(database, feeds["janoub"], told("حادثة سير قرب أغبالة", SIGNED + " والتفاصيل.", 60))
    arrive(database, feeds["atlas"], told("أربعة قتلى بأغبالة", UNSIGNED, 30))
    arrive(database, feeds["manara"], told("فاجعة في أغبالة", OWN, 20))
    with database.read() as session:
        found = dispatches.get_dispatch(session, dispatch)
    assert (found.agency, found.own, found.entry.id) == ("Al Boughaz", True, dispatch)
    signed, unsigned = found.prints
    assert (signed.entry.source.slug, unsigned.entry.source.slug) == ("janoub", "atlas")
    assert (signed.credited, unsigned.credited) == (True, False)
    assert (signed.delay, unsigned.delay) == (30, 60)
    assert (signed.retitled, unsigned.retitled) == (False, True)
    assert signed.form is unsigned.form is PrintForm.WHOLE
    assert unsigned.share is not None
    assert 0.9 < unsigned.share <= 1


def test_another_version_by_the_agency_is_no_print_but_leads_to_its_dispatch(database, feeds):
    dispatch = arrive(database, feeds["agency"], told("حادثة سير", SIGNED, 90))
    again = arrive(database, feeds["french"], told("تحيين", SIGNED + " والحصيلة نهائية.", 80))
    arrive(database, feeds["janoub"], told("تحيين: أربعة قتلى", SIGNED + " والحصيلة نهائية.", 60))
    assert prints(database, dispatch) == [("janoub", True, PrintForm.WHOLE)]
    with database.read() as session:
        assert dispatches.find_dispatch(session, again) == (dispatch, "Al Boughaz")


def test_an_agency_named_in_a_sentence_or_as_author_is_credit_enough(database, feeds):
    """The page accuses people: it must not overlook a credit."""
    dispatch = arrive(database, feeds["agency"], told("حادثة سير", SIGNED, 90))
    mention = UNSIGNED + " وذلك حسب ما أوردته وكالة البوغاز."
    arrive(database, feeds["janoub"], told("أغبالة تودع ضحاياها", mention, 60))
    arrive(database, feeds["atlas"], told("أربعة قتلى", UNSIGNED, 30, author="و.ب"))
    assert [credited for _, credited, _ in prints(database, dispatch)] == [True, True]


def test_a_dispatch_that_we_lack_is_known_by_its_first_credit(database, feeds):
    """The paper that printed it first, without credit, is a print as well."""
    first = arrive(database, feeds["janoub"], told("حادثة سير", UNSIGNED, 90))
    with database.read() as session:
        assert dispatches.find_dispatch(session, first) is None
    arrive(database, feeds["atlas"], told("أربعة قتلى", SIGNED, 60))
    assert prints(database, first) == [("janoub", False, None), ("atlas", True, PrintForm.WHOLE)]
    own = arrive(database, feeds["agency"], told("حادثة سير قرب أغبالة", SIGNED, 95))
    with database.read() as session:
        found = dispatches.get_dispatch(session, first)
    assert (found.id, found.own) == (own, True)
    assert [each.entry.source.slug for each in found.prints] == ["janoub", "atlas"]


def test_what_neither_is_nor_prints_a_dispatch_has_none(database, feeds):
    alone = arrive(database, feeds["manara"], told("فاجعة في أغبالة", OWN, 20))
    with database.read() as session:
        assert dispatches.find_dispatch(session, alone) is None
        with pytest.raises(NotFound):
            dispatches.get_dispatch(session, alone)


def test_sums_of_stored_days_and_of_today_are_one(database, feeds):
    """Storing sums changes no figure, and the day after counts from where they end."""
    arrive(database, feeds["agency"], told("حادثة سير", SIGNED, 90))
    arrive(database, feeds["janoub"], told("أربعة قتلى", SIGNED, 60))
    arrive(database, feeds["atlas"], told("قتلى بأغبالة", UNSIGNED, 50))
    for later in (timedelta(), timedelta(days=2)):
        update_agency_days(database, NOW + later)
        with database.read() as session:
            stored = last_summed_day(session)
            view = dispatches.get_agency(session, "al-boughaz", NOW + later, 7)
            ((agency, sums),) = dispatches.list_agencies(session, NOW + later, 7)
        assert stored == (NOW.date() if later else None)
        assert agency == view.agency == "Al Boughaz"
        assert sums == view.sums
        assert (sums.dispatches, sums.taken_up, sums.prints, sums.uncredited) == (1, 1, 2, 1)
        assert (sums.uptake, sums.median_delay) == (1, 35)
        assert [source.slug for source, _ in view.sources] == ["atlas", "janoub"]
        assert [(each.prints, each.uncredited) for each in view.latest] == [(2, 1)]


def test_retention_takes_dispatches_but_leaves_sums(database, feeds):
    dispatch = arrive(database, feeds["agency"], told("حادثة سير", SIGNED, 90))
    arrive(database, feeds["janoub"], told("أربعة قتلى", SIGNED, 60))
    update_agency_days(database, NOW + timedelta(days=1))
    delete_old_entries(database, timedelta(hours=1), NOW + timedelta(days=8))
    update_agency_days(database, NOW + timedelta(days=8))
    with database.read() as session:
        assert dispatches.find_dispatch(session, dispatch) is None
        view = dispatches.get_agency(session, "al-boughaz", NOW + timedelta(days=8), 30)
    assert (view.sums.dispatches, view.sums.prints, view.latest) == (1, 1, ())


def test_a_late_print_counts_on_the_day_of_its_dispatch_without_waiting_for_the_hour(
    database, feeds
):
    arrive(database, feeds["agency"], told("حادثة سير", SIGNED, 2000))
    update_agency_days(database, NOW)
    seen = update_agency_days_since(database, None)
    arrive(database, feeds["atlas"], told("أربعة قتلى بأغبالة", UNSIGNED, 30))
    with database.read() as session:
        assert dispatches.get_agency(session, "al-boughaz", NOW, 7).sums.prints == 0
    assert update_agency_days_since(database, seen) > seen
    with database.read() as session:
        assert dispatches.get_agency(session, "al-boughaz", NOW, 7).sums.prints == 1


@pytest.mark.parametrize("hourly", [True, False])
def test_dispatches_of_long_ago_that_a_new_feed_brings_count_too(database, feeds, hourly):
    arrive(database, feeds["agency"], told("نشرة الأحوال الجوية", OWN + " (و.ب)", 2000))
    update_agency_days(database, NOW)
    seen = update_agency_days_since(database, None)
    arrive(database, feeds["agency"], told("حادثة سير", SIGNED, 20 * 24 * 60))
    if hourly:
        update_agency_days(database, NOW)
    else:
        update_agency_days_since(database, seen)
    with database.read() as session:
        assert dispatches.get_agency(session, "al-boughaz", NOW, 30).sums.dispatches == 2


def listed(
    database: Database, figure: AgencyFigure, source: str | None = None, limit: int = 1
) -> list[tuple[int, ...]]:
    """Each dispatch of a figure with its prints, read page by page."""
    found: list[tuple[int, ...]] = []
    cursor = None
    scope = DispatchScope("al-boughaz", 7, figure, source)
    with database.read() as session:
        while True:
            page = dispatches.list_dispatches(session, scope, NOW, cursor, limit)
            found += [
                (each.entry.id, *(each.id for each in each.prints)) for each in page.dispatches
            ]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert page.total == (sum(map(len, found)) - len(found) if scope.of_prints else len(found))
    return found


def test_figures_list_what_they_count_page_by_page(database, feeds):
    quiet = arrive(database, feeds["agency"], told("نشرة الأحوال الجوية", OWN + " (و.ب)", 3000))
    dispatch = arrive(database, feeds["agency"], told("حادثة سير", SIGNED, 2000))
    signed = arrive(database, feeds["janoub"], told("حادثة سير", SIGNED + " والتفاصيل.", 1990))
    # The same source again: it printed the dispatch once.
    arrive(database, feeds["janoub"], told("أربعة قتلى", UNSIGNED, 1900))
    unsigned = arrive(database, feeds["atlas"], told("أربعة قتلى بأغبالة", UNSIGNED, 1950))
    for _ in ("live", "stored"):
        assert listed(database, "volume") == [(dispatch,), (quiet,)]
        assert listed(database, "taken_up") == [(dispatch,)]
        assert listed(database, "prints") == [(dispatch, signed, unsigned)]
        assert listed(database, "credited") == [(dispatch, signed)]
        assert listed(database, "uncredited") == [(dispatch, unsigned)]
        assert listed(database, "prints", "janoub") == [(dispatch, signed)]
        assert listed(database, "credited", "atlas") == []
        assert listed(database, "uncredited", "janoub") == []
        update_agency_days(database, NOW)


def test_unknown_agencies_are_not_found(database):
    with database.read() as session, pytest.raises(NotFound):
        dispatches.get_agency(session, "nowhere", NOW, 7)
