"""Which list a page belongs to, and the addresses that lead there and back."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from flask import Flask

from aggregator.errors import InvalidInput
from aggregator.types import EntryFilter, EntryPage
from tests.web.samples import ENTRY
from web.request import list_context
from web.request.list_context import ALL_ENTRIES, ListContext

MORE = EntryPage((), "abc")
ADDRESSES = [
    ("", "/", {}),
    ("source=hespress&country=MA", "/?source=hespress&country=MA", {"country": "MA"}),
    ("lang=ar&unread=1", "/?lang=ar&unread=1", {"language": "ar", "unread": True}),
    ("in=mine", "/mine", {"following": True}),
    ("in=mine&unread=1", "/mine?unread=1", {"following": True, "unread": True}),
    ("in=starred&lang=fr", "/starred?lang=fr", {"starred": True, "language": "fr"}),
    ("in=source&source=hespress&lang=ar", "/sources/hespress?lang=ar", {"source": "hespress"}),
    ("in=tag%3A24%2F11", "/tags/24/11", {"tag": "24/11"}),
    ("in=tag%3A%D9%85%D8%A7%D8%A1", "/tags/%D9%85%D8%A7%D8%A1", {"tag": "ماء"}),
]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(list_context, "reading_languages", lambda: ("fr", "ar"))
    app = Flask("web")
    app.add_url_rule("/", "entries.index")
    app.add_url_rule("/mine", "entries.mine")
    app.add_url_rule("/starred", "tags.starred")
    app.add_url_rule("/sources/<slug>", "sources.show")
    app.add_url_rule("/tags/<path:name>", "tags.show")
    app.add_url_rule("/entries/<int:entry_id>", "entries.show")
    return app


@pytest.fixture
def request_of_entry(app: Flask) -> Iterator[None]:
    with app.test_request_context("/entries/7"):
        yield


@pytest.mark.parametrize(("query", "address", "filters"), ADDRESSES)
def test_the_page_of_an_entry_leads_back_to_its_list(
    app: Flask, query: str, address: str, filters: dict[str, object]
) -> None:
    with app.test_request_context(f"/entries/7?{query}"):
        context = list_context.current_list_context()
        assert {name: getattr(context.chosen, name) for name in filters} == filters
        assert list_context.list_url(context) == address
        assert list_context.entry_url(ENTRY, context) == ("/entries/7?" + query).rstrip("?")


@pytest.mark.parametrize(("query", "address"), [each[:2] for each in ADDRESSES])
def test_a_list_knows_itself(app: Flask, query: str, address: str) -> None:
    """The list that a page shows and the one that its entries lead back to are the same."""
    with app.test_request_context(f"/entries/7?{query}"):
        opened_from = list_context.current_list_context()
    with app.test_request_context(address):
        assert list_context.current_list_context() == opened_from


@pytest.mark.usefixtures("request_of_entry")
@pytest.mark.parametrize(
    "values",
    [
        {"in": "elsewhere"},
        {"in": "source"},
        {"in": "MINE"},
        {"source": "No Slug"},
        {"country": "Morocco"},
        {"lang": "<script>"},
        {"unread": "yes"},
    ],
)
def test_what_is_no_list_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        list_context.parse_list_context(values)


def test_stories_are_shown_in_the_languages_of_the_reader(app: Flask) -> None:
    for url, headlines in (
        ("/", ("fr", "ar")), ("/mine", ("fr", "ar")), ("/?view=entries", ()),
        ("/mine?view=entries", ()), ("/starred", ()),
    ):  # fmt: skip
        with app.test_request_context(url):
            assert list_context.current_list_context().chosen.headlines == headlines


def test_both_lists_of_stories_have_a_view_of_entries(app: Flask) -> None:
    for url in ("/?view=entries", "/mine?view=entries"):
        with app.test_request_context(url):
            context = list_context.current_list_context()
            assert not context.chosen.stories
            assert list_context.list_url(context) == url
            assert list_context.list_url(context, view=None) == url.partition("?")[0]


@pytest.mark.usefixtures("request_of_entry")
def test_a_list_as_the_fields_of_a_form_comes_back_the_same() -> None:
    for query, _, _ in ADDRESSES:
        context = list_context.parse_list_context(dict(parse_qsl(query)))
        assert list_context.parse_list_context(list_context.list_form_fields(context)) == context


@pytest.mark.usefixtures("request_of_entry")
def test_whose_list_it_is() -> None:
    assert not ALL_ENTRIES.is_personal
    assert not list_context.parse_list_context({"in": "source", "source": "hespress"}).is_personal
    assert all(
        list_context.parse_list_context(values).is_personal
        for values in ({"in": "mine"}, {"in": "starred"}, {"in": "tag:a"}, {"unread": "1"})
    )


@pytest.mark.usefixtures("request_of_entry")
def test_changing_one_filter_keeps_the_others() -> None:
    context = ListContext(EntryFilter(source="hespress", country="MA", stories=True))
    assert list_context.list_url(context, lang="ar") == "/?source=hespress&country=MA&lang=ar"
    assert list_context.list_url(context, source=None) == "/?country=MA"
    assert list_context.is_filtered(context)
    assert not list_context.is_filtered(ALL_ENTRIES)
    assert not list_context.is_filtered(
        list_context.parse_list_context({"source": "hespress"}, "source")
    )


def test_the_next_page_keeps_place_and_filter(app: Flask) -> None:
    for url, expected in (
        ("/?lang=ar&cursor=old", "/?lang=ar&cursor=abc"),
        ("/mine?unread=1", "/mine?unread=1&cursor=abc"),
        ("/sources/hespress", "/sources/hespress?cursor=abc"),
    ):
        with app.test_request_context(url):
            assert list_context.next_page_url(MORE) == expected
            assert list_context.next_page_url(EntryPage((), None)) == ""


def test_an_argument_cannot_send_the_next_page_elsewhere(app: Flask) -> None:
    with app.test_request_context("/?_external=1&_scheme=evil&_anchor=x&endpoint=y&lang=ar"):
        assert list_context.next_page_url(MORE) == "/?lang=ar&cursor=abc"
    with app.test_request_context("/tags/a%3Fb%23c"):
        assert list_context.next_page_url(MORE) == "/tags/a%3Fb%23c?cursor=abc"


def test_a_site_below_a_path_keeps_its_path(app: Flask) -> None:
    with app.test_request_context("/mine", base_url="http://example.org/news/"):
        assert list_context.list_url(list_context.current_list_context()) == "/news/mine"
        assert list_context.entry_url(7) == "/news/entries/7"
        assert list_context.source_url("hespress") == "/news/sources/hespress"
