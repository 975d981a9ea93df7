"""The keys of prepared entries: which entries are the same, which were changed."""

from dataclasses import replace

import pytest

from aggregator.process.entries.identities import variant_identities
from tests.services.ingest.parsed import BODY, ENTRY, NOW


def test_the_same_entry_has_the_same_keys_at_every_poll(one) -> None:
    assert one() == one()


def test_an_edited_headline_keeps_the_identity(one) -> None:
    before, after = one(), one(title="عنوان جديد")
    assert before.identity == after.identity
    assert before.revision != after.revision
    assert before.text_revision != after.text_revision
    assert before.text_key == after.text_key


def test_an_edited_body_keeps_the_identity(one) -> None:
    before, after = one(), one(content_html=BODY + "<p>تحديث</p>")
    assert before.identity == after.identity
    assert before.text_revision != after.text_revision


def test_a_new_image_is_a_change_but_no_edit(one) -> None:
    before, after = one(), one(content_html=BODY + '<img src="/a.jpg">')
    assert before.revision != after.revision
    assert before.text_revision == after.text_revision


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://www.example.ma/a-1.html?utm_source=rss"},
        {"published_at": NOW},
        {"title": "  الحكومة تعلن   إجراءات جديدة\n"},
    ],
)
def test_noise_is_no_change(one, changes) -> None:
    assert one(**changes).revision == one().revision


@pytest.mark.parametrize("guid", [None, "", "  ", "0"])
def test_without_guid_the_address_identifies(one, guid: str | None) -> None:
    entry = one(guid=guid, title="آخر")
    assert entry.guid == "https://www.example.ma/a-1.html"
    assert entry.identity == one(guid=None, url="http://example.ma/a-1.html?utm_id=1").identity


def test_without_guid_and_address_the_content_identifies(one) -> None:
    entry = one(guid=None, url=None)
    assert entry.guid.startswith("marsad:")
    assert entry.identity == one(guid=None, url="https://www.example.ma/").identity
    assert entry.identity != one(guid=None, url=None, title="آخر").identity


def test_one_article_in_two_feeds_has_one_address_and_one_text(one) -> None:
    here = one()
    there = one(
        guid="other",
        url="http://m.example.ma/a-1.html/?utm_source=x#comments",
        title="عنوان آخر",
        content_html=BODY + "<p>The post X appeared first on Y.</p>",
    )
    assert here.identity != there.identity
    assert (here.url_key, here.text_key) == (there.url_key, there.text_key)


def test_one_headline_over_two_articles_stays_two(one) -> None:
    today, tomorrow = (
        one(
            guid=str(n),
            url=f"https://www.example.ma/w-{n}",
            content_html=f"<p>حرارة {n} درجة في الرباط",
        )
        for n in (1, 2)
    )
    assert today.title_key == tomorrow.title_key
    assert today.identity != tomorrow.identity
    assert today.url_key != tomorrow.url_key
    assert today.text_key != tomorrow.text_key


# --- the same again in one document ------------------------------------------------------------


def test_exact_repeats_are_dropped(prepared) -> None:
    assert len(prepared(ENTRY, ENTRY, ENTRY).entries) == 1


def test_a_guid_that_different_entries_share_does_not_merge_them(prepared) -> None:
    entries = [
        replace(ENTRY, url=f"https://www.example.ma/a-{n}", title=f"عنوان {n}") for n in range(5)
    ]
    first = prepared(*entries).entries
    again = prepared(*reversed(entries)).entries
    assert all(entry.shares_guid for entry in first)
    assert len({variant_identities(entry)[0] for entry in first}) == 5
    assert {variant_identities(entry)[0] for entry in first} == {
        variant_identities(entry)[0] for entry in again
    }


def test_an_address_that_different_entries_share_identifies_none(prepared) -> None:
    entries = [replace(ENTRY, guid=str(n), title=f"عنوان {n}") for n in range(3)]
    assert [entry.url_key for entry in prepared(*entries).entries] == [None] * 3
    without_guid = [replace(entry, guid=None) for entry in entries]
    assert len({variant_identities(entry)[0] for entry in prepared(*without_guid).entries}) == 3
