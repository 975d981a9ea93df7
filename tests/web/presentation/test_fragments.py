"""Cards that are kept: each reader sees what is theirs, in their language, now."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from jinja2 import FileSystemLoader

from aggregator.types import UNREAD_CAP, EntryFilter, FollowedSource, Preferences
from tests.web.samples import ENTRY, HESPRESS, NOW
from web.presentation.fragments import FragmentCache, ListAppearance, list_appearance
from web.presentation.times import Clock
from web.request.list_context import ALL_ENTRIES, ListContext

PICTURED = ENTRY._replace(image_url="https://example.org/a.jpg", summary="ملخص المقال")
TEMPLATES = Path(__file__).parents[3] / "templates"


class Watch:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def fragments(app: Flask, watch: Watch) -> FragmentCache:
    app.jinja_loader = FileSystemLoader(TEMPLATES)
    return FragmentCache(app, Clock(ZoneInfo("Africa/Casablanca"), now=watch))


def look(
    preferences: Preferences = Preferences(),  # noqa: B008  # frozen
    *,
    signed_in: bool = True,
    context: ListContext = ALL_ENTRIES,
) -> ListAppearance:
    return list_appearance(context, preferences, signed_in=signed_in)


@pytest.mark.usefixtures("arabic")
def test_an_entry_that_changed_is_another_card(fragments: FragmentCache) -> None:
    assert "★" not in fragments.cards([ENTRY], look())
    assert "★" in fragments.cards([ENTRY._replace(starred=True)], look())
    assert "★" not in fragments.cards([ENTRY], look())
    assert 'class="entry read"' in fragments.cards([ENTRY._replace(read=True)], look())
    assert "وسم" in fragments.cards([ENTRY._replace(tags=("وسم",))], look())
    assert "وسم" not in fragments.cards([ENTRY], look())


@pytest.mark.usefixtures("arabic")
def test_its_age_goes_on(fragments: FragmentCache, watch: Watch) -> None:
    assert ">الآن</time>" in fragments.cards([ENTRY], look())
    watch.now = NOW + timedelta(minutes=5)
    card = fragments.cards([ENTRY], look())
    assert ">منذ 5 دقائق</time>" in card
    assert 'datetime="2026-11-24T13:05:00+00:00" title="الثلاثاء 24 نونبر 2026، 14:05"' in card


@pytest.mark.usefixtures("arabic")
def test_links_lead_back_to_the_list_that_they_are_in(fragments: FragmentCache) -> None:
    mine = ListContext(EntryFilter(following=True, unread=True, stories=True), "mine")
    assert 'href="/entries/7"' in fragments.cards([ENTRY], look())
    assert 'href="/entries/7?in=mine&amp;unread=1"' in fragments.cards([ENTRY], look(context=mine))
    assert 'href="/entries/7"' in fragments.cards([ENTRY], look())


@pytest.mark.usefixtures("arabic")
def test_densities_and_images(fragments: FragmentCache) -> None:
    magazine = fragments.cards([PICTURED], look())
    assert "<img" in magazine
    assert "ملخص" in magazine
    plain = fragments.cards([PICTURED], look(Preferences(images=False)))
    assert "<img" not in plain
    assert "ملخص" in plain
    headline = fragments.cards([PICTURED], look(Preferences(density="headlines")))
    assert "<img" not in headline
    assert "ملخص" not in headline


@pytest.mark.usefixtures("arabic")
def test_only_readers_are_told_what_they_have_read(fragments: FragmentCache) -> None:
    assert "مقروء" in fragments.cards([ENTRY], look())
    assert "مقروء" not in fragments.cards([ENTRY], look(signed_in=False))


def test_each_language_has_its_own(app: Flask, fragments: FragmentCache) -> None:
    for language, name, state in (("ar", "هسبريس", "مقروء"), ("fr", "Hespress", "lu")):
        with app.test_request_context("/", headers={"Accept-Language": language}):
            card = fragments.cards([ENTRY], look())
        assert f"<bdi>{name}</bdi>" in card
        assert f">{state}</span>" in card


@pytest.mark.usefixtures("arabic")
def test_what_publishers_write_is_escaped(fragments: FragmentCache) -> None:
    hostile = PICTURED._replace(
        title="<script>1</script>",
        image_url='https://e.org/"onerror="1',
        summary="<b>",
        tags=('"><i>',),
    )
    card = fragments.cards([hostile], look())
    assert not any(each in card for each in ("<script", '"onerror', "<b>", "<i>"))


@pytest.mark.usefixtures("arabic")
def test_what_is_followed_stands_with_its_number(fragments: FragmentCache) -> None:
    some, none = FollowedSource(HESPRESS, 12), FollowedSource(HESPRESS, 0)
    many = FollowedSource(HESPRESS, UNREAD_CAP)
    rows = str(fragments.followed([some, none, many], look())).splitlines()
    assert rows[0].startswith('<li><a href="/sources/hespress"><bdi>هسبريس</bdi></a>')
    assert 'data-unread="hespress">12</b>' in rows[0]
    assert rows[1].startswith('<li class="none">')
    assert 'data-unread="hespress"></b>' in rows[1]
    assert 'data-unread="hespress">999+</b>' in rows[2]


@pytest.mark.usefixtures("arabic")
def test_a_card_is_rendered_once(fragments: FragmentCache, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fragments.cards([ENTRY], look())
    monkeypatch.setattr(fragments, "_rendered", lambda *_: pytest.fail("rendered again"))
    assert fragments.cards([ENTRY._replace()], look()) == first


@pytest.mark.parametrize("name", ["card.html", "filters.html", "followed.html"])
def test_what_is_kept_reads_nothing_but_what_it_is_given(name: str) -> None:
    """No reader, request or preferences: their pages would be shown to others."""
    text = (TEMPLATES / "macros" / name).read_text("utf-8")
    for word in ("current_user", "request", "preferences", "csrf_token", "can(", "here(", "import"):
        assert word not in text.partition("-#}")[2], word


@pytest.mark.usefixtures("arabic")
def test_readers_share_a_card_but_not_what_they_did(
    fragments: FragmentCache, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    mine = look(context=ListContext(EntryFilter(following=True, stories=True), "mine"))
    first = fragments.cards([ENTRY._replace(read=True)], mine)
    assert 'class="entry read"' in first
    assert 'href="/entries/7?in=mine"' in first
    monkeypatch.setattr(fragments, "_rendered", lambda *_: pytest.fail("rendered again"))
    watch.now = NOW + timedelta(minutes=5)
    other = fragments.cards([ENTRY], look())
    assert 'class="entry"' in other
    assert 'href="/entries/7"' in other
    assert ">منذ 5 دقائق</time>" in other
    assert fragments.cards([ENTRY._replace(read=True)], look()) != other


@pytest.mark.usefixtures("arabic")
def test_nobody_sees_the_stars_and_tags_of_another(fragments: FragmentCache) -> None:
    marked = ENTRY._replace(starred=True, tags=("وسم",), read=True)
    before = fragments.cards([ENTRY], look())
    theirs = fragments.cards([marked], look())
    assert "★" in theirs
    assert "وسم" in theirs
    assert fragments.cards([ENTRY], look()) == before


@pytest.mark.usefixtures("arabic")
def test_what_fills_gaps_is_escaped_and_leaves_none(fragments: FragmentCache) -> None:
    tag = ListContext(EntryFilter(tag='"><i>\x00'), 'tag:"><i>\x00')
    also = PICTURED._replace(also_in=((8, HESPRESS),), title="{read} %s \x00read\x00")
    card = fragments.cards([also], look(context=tag))
    assert card.count("?in=tag%3A%22%3E%3Ci%3E%00") == 3  # title, picture, the other source
    assert "<i>" not in card
    assert "{read} %s \x00read\x00" in card
    assert card.count("\x00") == 2
