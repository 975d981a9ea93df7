"""Following, muting and OPML, by forms and by scripts."""

from __future__ import annotations

import io
import re

import pytest
from werkzeug.test import TestResponse

from aggregator.parse.opml import read_opml
from aggregator.services.reading import marking
from aggregator.storage.engine import Database
from aggregator.types import User
from tests.builders import NOW
from tests.web.browser import Browser

JSON = {"Accept": "application/json", "Accept-Language": "en"}
POSTS = (
    "/sources/hespress/follow",
    "/sources/hespress/mute",
    "/following/words",
    "/following/words/remove",
    "/following/import",
)
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def _at_the_time_of_the_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.pages.following.now", lambda: NOW)


def ask(browser: Browser, url: str, **fields: str) -> TestResponse:
    """Send a form as our scripts do."""
    headers = JSON | {"X-CSRFToken": browser.form_token()}
    return browser.client.post(url, data=fields, headers=headers)


def send(browser: Browser, data: bytes | None, name: str = "feeds.opml") -> TestResponse:
    """Send the form with a file; None: no file was chosen."""
    file = (io.BytesIO(data or b""), name if data is not None else "")
    fields = {"csrf_token": browser.form_token(), "file": file}
    return browser.client.post("/following/import", data=fields, headers=ENGLISH)


def mine(browser: Browser) -> list[str]:
    """What is on the list of "My news"."""
    return re.findall(r'class="title[^"]*"[^>]*><a [^>]*>([^<]*)', browser.get("/mine").text)


# --- one source ------------------------------------------------------------------------------


def test_a_form_follows_and_unfollows_with_a_way_back(amina: Browser) -> None:
    page = amina.get("/sources/hespress", headers=ENGLISH).text
    assert 'action="/sources/hespress/follow"' in page
    answer = amina.post("/sources/hespress/follow", on="1", next="/sources")
    assert (answer.status_code, answer.location) == (303, "/sources")
    assert "تتابعون الآن" in amina.get("/sources").text
    assert mine(amina) == ["امتلاء السدود"]
    answer = amina.post("/sources/hespress/follow", on="0", next="//evil.test")
    assert answer.location == "/sources/hespress"
    assert mine(amina) == []
    amina.post("/sources/hespress/follow", on="0")
    page = amina.get("/following", headers=ENGLISH).text
    back = page.split('id="status"')[1].split("</form>")[0]
    assert 'action="/sources/hespress/follow"' in back
    assert dict(re.findall(r'name="(on|as_before)" value="(\d)"', back)) == {
        "on": "1",
        "as_before": "1",
    }


def test_a_script_follows(amina: Browser) -> None:
    answer = ask(amina, "/sources/hespress/follow", on="1").get_json()
    assert answer == {
        "on": True,
        "label": "Unfollow",
        "message": "You now follow \u2068هسبريس\u2069.",
        "unread": {"hespress": 1},
        "total_unread": 1,
    }
    assert ask(amina, "/sources/hespress/follow", on="0").get_json()["unread"] == {}
    muted = ask(amina, "/sources/hespress/mute", on="1").get_json()
    assert (muted["on"], muted["label"]) == (True, "Unmute")


def test_taking_back_brings_the_unread_back(amina: Browser, newsroom: Database) -> None:
    amina.post("/sources/hespress/follow", on="1")
    with newsroom.write() as session:
        marking.mark_entries(session, User(1, "Amina", "reader"), [1], False, NOW)
    amina.post("/sources/hespress/follow", on="0")
    back = ask(amina, "/sources/hespress/follow", on="1", as_before="1").get_json()
    assert back["unread"] == {"hespress": 1}


@pytest.mark.parametrize(
    ("url", "fields", "status"),
    [
        ("/sources/nobody/follow", {"on": "1"}, 404),
        ("/sources/nobody/mute", {"on": "1"}, 404),
        ("/sources/hespress/follow", {}, 400),
        ("/sources/hespress/mute", {"on": "yes"}, 400),
        ("/following/words/remove", {"word": "never there"}, 303),
    ],
)
def test_what_makes_no_sense(amina: Browser, url: str, fields: dict[str, str], status: int) -> None:
    assert amina.post(url, **fields).status_code == status


# --- everything ------------------------------------------------------------------------------


def test_the_page_groups_what_is_followed(amina: Browser) -> None:
    for slug in ("kapitalis", "hespress", "medias24"):
        amina.post(f"/sources/{slug}/follow", on="1")
    page = amina.get("/following", headers=ENGLISH).text
    assert "You follow 3 sources." in page
    assert "You follow every source." in page
    headings = re.findall(r'id="group-(\w+)"', page)
    assert headings == ["MA", "TN"]
    by_language = amina.get("/following?by=language").text
    assert re.findall(r'id="group-(\w+)"', by_language) == ["ar", "fr"]
    assert re.findall(r'data-unread="(\w+)">(\d*)<', page) == [
        ("hespress", "1"),
        ("medias24", "1"),
        ("kapitalis", "1"),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["hespress", "medias24", "kapitalis"]),
        ("?q=هسپريس", ["hespress"]),
        ("?q=nothing", []),
        ("?q=هسبريس", ["hespress"]),
        ("?q=MEDIAS", ["medias24"]),
        ("?country=TN", ["kapitalis"]),
        ("?lang=fr&q=", ["medias24", "kapitalis"]),
        ("?country=TN&lang=ar", []),
        ("?q=" + "x" * 500, []),
    ],
)
def test_sources_to_follow_are_searched(amina: Browser, query: str, found: list[str]) -> None:
    more = amina.get(f"/following{query}").text.split('id="more"')[1].split('id="words"')[0]
    assert re.findall(r'action="/sources/(\w+)/follow"', more) == found


def test_words_are_muted_and_shown_again(amina: Browser) -> None:
    answer = amina.post("/following/words", word="<السُدود>")
    assert answer.location == "/following#words"
    page = amina.get("/following").text
    assert "&lt;السُدود&gt;" in page
    amina.post("/following/words", word="سدود")
    assert "امتلاء السدود" not in amina.get("/").text
    amina.post("/following/words/remove", word="سدود")
    assert "امتلاء السدود" in amina.get("/").text


@pytest.mark.parametrize("word", ["", "!", "x" * 81, "a\x01b"])
def test_a_word_that_cannot_be_muted_is_said_on_the_page(amina: Browser, word: str) -> None:
    answer = amina.post("/following/words", word=word)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert 'id="words"' in answer.text
    assert 'name="next" value="/following"' in answer.text
    assert "/language/fr?next=/following" in answer.text


def test_a_muted_source_leaves_mixed_lists(amina: Browser) -> None:
    amina.post("/sources/kapitalis/mute", on="1", next="/following")
    page = amina.get("/following").text
    assert "kapitalis" in page.split('id="muted"')[1]
    assert "Tunis" not in amina.get("/").text
    assert "Tunis" in amina.get("/sources/kapitalis").text
    amina.post("/sources/kapitalis/mute", on="0")
    assert "Tunis" in amina.get("/").text


def test_one_reader_follows_nothing_for_another(amina: Browser, brahim: Browser) -> None:
    amina.post("/sources/hespress/follow", on="1")
    amina.post("/following/words", word="Tunis")
    page = brahim.get("/following", headers=ENGLISH).text
    assert "You do not follow any sources yet." in page
    assert "Tunis" in brahim.get("/").text


# --- OPML ------------------------------------------------------------------------------------


def test_opml_leaves_and_comes_back(amina: Browser, brahim: Browser) -> None:
    for slug in ("hespress", "kapitalis"):
        amina.post(f"/sources/{slug}/follow", on="1")
    answer = amina.get("/following.opml")
    assert answer.mimetype == "text/x-opml"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="marsad.opml"'
    outlines = read_opml(answer.data).outlines
    assert [(each.title, each.group) for each in outlines] == [
        ("هسبريس", "المغرب"),
        ("kapitalis", "تونس"),
    ]
    page = send(brahim, answer.data).text
    assert "You now follow 2 new sources:" in page
    assert brahim.get("/following.opml").data == answer.data
    assert "You already followed 2 of the sources in the file." in send(brahim, answer.data).text


def test_unknown_feeds_are_shown_with_what_to_do(amina: Browser) -> None:
    data = (
        "<opml><body><outline text='&lt;b>الفجر' xmlUrl='https://alfajr.example/feed'/>"
        "<outline text='x' xmlUrl='javascript:alert(1)'/></body></opml>"
    )
    page = send(amina, data.encode()).text
    assert "The file contains no new sources." in page
    assert "Marsad does not follow 1 feed in this file yet." in page
    assert "&lt;b&gt;الفجر" in page
    assert "<b>" not in page
    assert "feeds = [ { url = &#34;https://alfajr.example/feed&#34; } ]" in page
    assert "javascript:" not in page
    assert "What was left out" in page
    assert "Line 1</span> <bdi>x</bdi> <span>Marsad only reads http and https addresses." in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "Choose a file"),
        (b"", "Choose a file"),
        (b"%PDF-1.7", "not a readable OPML list"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><html/>", "not a readable OPML list"),
    ],
)
def test_a_bad_file_is_said_in_words(amina: Browser, data: bytes | None, said: str) -> None:
    answer = send(amina, data)
    assert answer.status_code == 400
    assert said in answer.text
    assert 'action="/following/import"' in answer.text


def test_a_file_may_be_larger_than_a_form(amina: Browser) -> None:
    assert send_raw(amina, 900_000).status_code == 200
    assert send_raw(amina, 1_100_000).status_code == 413
    assert amina.post("/following/words", word="x" * 300_000).status_code == 413


def send_raw(browser: Browser, size: int) -> TestResponse:
    """An OPML file of some size; the test client would leave a temporary file open."""
    head = "--b\r\nContent-Disposition: form-data; name="
    body = (
        f'{head}"csrf_token"\r\n\r\n{browser.form_token()}\r\n'
        f'{head}"file"; filename="a.opml"\r\n\r\n<opml><!--{"x" * size}--></opml>\r\n--b--\r\n'
    )
    form = "multipart/form-data; boundary=b"
    return browser.client.post("/following/import", data=body, content_type=form)


# --- who may ---------------------------------------------------------------------------------


@pytest.mark.parametrize("url", POSTS)
def test_driss_changes_nothing(driss: Browser, url: str) -> None:
    assert driss.post(url, on="1", word="a").status_code == 403
    assert ask(driss, url, on="1").status_code == 401


@pytest.mark.parametrize("url", ["/following", "/following.opml"])
def test_driss_signs_in_first(driss: Browser, url: str) -> None:
    assert driss.get(url).location == f"/login?next={url}"
    page = driss.get("/sources").text + driss.get("/sources/hespress").text
    assert "/follow" not in page


def test_everybody_with_an_account_follows(brahim: Browser, chaimae: Browser) -> None:
    for person in (brahim, chaimae):
        assert ask(person, "/sources/hespress/follow", on="1").status_code == 200
        assert ask(person, "/sources/hespress/mute", on="1").status_code == 200
        assert person.post("/following/words", word="a").status_code == 303
        assert person.get("/following").status_code == 200


@pytest.mark.parametrize("url", POSTS)
def test_without_a_token_nothing_is_done(amina: Browser, url: str) -> None:
    assert amina.client.post(url, data={"on": "1"}).status_code == 400
