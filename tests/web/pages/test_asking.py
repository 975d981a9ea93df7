"""Asking for a source on pages: what is said at each step, and to whom."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from markupsafe import Markup
from sqlalchemy import func, select, update

from aggregator.config import Settings
from aggregator.services.accounts.rate_limits import LOOKUPS_PER_READER
from aggregator.services.operate import source_requests as operate
from aggregator.services.reading import source_requests
from aggregator.storage import audit
from aggregator.storage.engine import Database
from aggregator.storage.models import SourceLookupRow
from aggregator.storage.readers import source_lookups
from aggregator.types import FoundFeed, User
from aggregator.types.audit import ActFilter
from tests.builders import FAST_PASSWORDS, NOW, a_found_feed
from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from web import create_app
from web.request.auth import now
from web.state import state_of

AMINA, CHAIMAE = User(1, "Amina", "reader"), User(3, "Chaimae", "operator")
PAGE = "https://new.example/article"
FEED = a_found_feed()
SHARED = {"Sec-Fetch-Site": "none"}


def lookups(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.execute(select(SourceLookupRow.address)).scalars())


def finish(database: Database, *found: FoundFeed, kind: str = "") -> None:
    """As a poller does, once it has looked."""
    with database.write_exclusive() as session:
        (lookup,) = source_lookups.claim(session, 1, now())
        if not found:
            source_lookups.finish(session, lookup.id, "failed", now(), kind=kind)
        elif len(found) > 1:
            source_lookups.finish(session, lookup.id, "choice", now(), found=found)
        else:
            asked = source_requests.ask_for_feed(session, AMINA, found[0], PAGE, 5, now())
            source_requests.finish_lookup(session, lookup, asked, found, now())


def request_feed(database: Database, feed: FoundFeed = FEED) -> int:
    with database.write_exclusive() as session:
        asked = source_requests.ask_for_feed(session, AMINA, feed, PAGE, 5, now())
    assert asked.request_id is not None
    return asked.request_id


# --- asking ------------------------------------------------------------------------------------


def test_a_source_that_is_there_is_followed(amina: Browser) -> None:
    answer = amina.post("/following/ask", address="h.example/feed")
    assert (answer.status_code, answer.location) == (303, "/sources/hespress")
    page = amina.get("/sources/hespress").text
    assert "موجود هنا من قبل" in page
    assert "إلغاء المتابعة" in page


def test_the_page_reloads_itself_until_a_poller_has_looked(
    amina: Browser, newsroom: Database
) -> None:
    answer = amina.post("/following/ask", address=PAGE)
    assert answer.location == "/following/ask/1"
    page = amina.get(answer.location)
    assert page.headers["Refresh"] == "2"
    assert "يبحث مرصد" in page.text
    assert lookups(newsroom) == [PAGE]
    finish(newsroom, FEED)
    page = amina.get(answer.location)
    assert "Refresh" not in page.headers
    for said in ("الجديد", "خبر عاجل", "العربية", "وصل طلبكم إلى المشرفين"):
        assert said in page.text


def test_a_look_up_that_nobody_takes_up(amina: Browser, newsroom: Database) -> None:
    where = amina.post("/following/ask", address=PAGE).location
    with newsroom.write() as session:
        earlier = now() - timedelta(minutes=2)
        session.execute(update(SourceLookupRow).values(asked_at=earlier))
    page = amina.get(where)
    assert "أطول من المعتاد" in page.text
    assert int(page.headers["Refresh"]) > 2


def test_of_several_feeds_one_is_chosen(amina: Browser, newsroom: Database) -> None:
    where = amina.post("/following/ask", address=PAGE).location
    sport = a_found_feed("https://new.example/sport", title="رياضة", language="fr")
    finish(newsroom, FEED, sport)
    page = amina.get(where).text
    assert page.count('type="radio"') == 2
    assert amina.post(f"{where}/choose", feed="1").location == where
    assert "وصل طلبكم" in amina.get(where).text
    assert "رياضة" in amina.get("/following").text


def test_a_chosen_feed_may_have_been_added_meanwhile(amina: Browser, newsroom: Database) -> None:
    where = amina.post("/following/ask", address=PAGE).location
    finish(newsroom, FEED, a_found_feed("https://h.example/feed"))
    assert amina.post(f"{where}/choose", feed="1").location == "/sources/hespress"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("no_feed", "This site offers no feed"),
        ("dns", "The site cannot be found"),
        ("private", "a private network"),
        ("too_many", "You have enough requests waiting"),
    ],
)
def test_why_nothing_was_found(amina: Browser, newsroom: Database, kind: str, said: str) -> None:
    where = amina.post("/following/ask", address=PAGE).location
    finish(newsroom, kind=kind)
    page = amina.get(f"{where}?hl=en").text
    assert 'role="alert"' in page
    assert said in page


@pytest.mark.parametrize("written", ["", "mailto:a@b.example", "لا شيء"])
def test_what_is_no_address(amina: Browser, written: str) -> None:
    answer = amina.post("/following/ask", address=written)
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{written}"' in answer.text


def test_others_do_not_see_it(amina: Browser, chaimae: Browser) -> None:
    where = amina.post("/following/ask", address=PAGE).location
    assert chaimae.get(where).status_code == 404


def test_too_many_look_ups(amina: Browser) -> None:
    for number in range(LOOKUPS_PER_READER.max_attempts):
        amina.post("/following/ask", address=f"https://new.example/{number}")
    answer = amina.post("/following/ask", address=PAGE)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


# --- sharing -----------------------------------------------------------------------------------


def test_the_manifest_receives_what_other_apps_share(amina: Browser) -> None:
    target = json.loads(amina.get("/manifest.webmanifest").text)["share_target"]
    assert target == {
        "action": "/following/ask",
        "method": "GET",
        "params": {"title": "title", "text": "text", "url": "url"},
    }


@pytest.mark.parametrize(
    "shared",
    [
        {"url": PAGE},
        {"title": "عنوان", "text": f"اقرؤوا هذا: {PAGE} على الموقع"},
        {"title": PAGE, "text": "", "url": ""},
    ],
)
def test_what_is_shared_is_looked_up_at_once(
    amina: Browser, newsroom: Database, shared: dict[str, str]
) -> None:
    answer = amina.get("/following/ask", query_string=shared, headers=SHARED)
    assert (answer.status_code, answer.location) == (303, "/following/ask/1")
    assert lookups(newsroom) == [PAGE]


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {}, SHARED | {"Sec-Purpose": "prefetch"}]
)
def test_a_link_of_another_site_only_fills_in_the_form(
    amina: Browser, newsroom: Database, headers: dict[str, str]
) -> None:
    answer = amina.get("/following/ask", query_string={"url": PAGE}, headers=headers)
    assert f'value="{PAGE}"' in answer.text
    assert lookups(newsroom) == []


def test_strangers_sign_in_first_and_keep_what_they_shared(
    driss: Browser, newsroom: Database
) -> None:
    answer = driss.get("/following/ask", query_string={"url": PAGE}, headers=SHARED)
    assert answer.status_code == 303
    assert answer.location.startswith("/login?next=/following/ask?url%3Dhttps")
    assert driss.post("/following/ask", address=PAGE).status_code == 403
    assert lookups(newsroom) == []


# --- requests ----------------------------------------------------------------------------------


def test_a_reader_sees_and_withdraws_what_they_asked_for(
    amina: Browser, newsroom: Database
) -> None:
    request_id = request_feed(newsroom)
    page = amina.get("/following").text
    assert "قيد النظر" in page
    withdraw = f"/following/requests/{request_id}/withdraw"
    assert withdraw in page
    assert amina.post(withdraw).location == "/following#ask"
    page = amina.get("/following").text
    assert "سُحب طلبكم" in page
    assert withdraw not in page


def test_a_site_that_takes_no_requests(newsroom: Database) -> None:
    settings = Settings.model_validate({"requests": {"per_reader": 0}})
    amina = Browser(create_app(settings, newsroom, FAST_PASSWORDS))
    amina.sign_in("Amina")
    assert "/following/ask" not in amina.get("/following").text
    assert "لا تُقبل هنا" in amina.get("/following/ask").text
    assert amina.post("/following/ask", address=PAGE).status_code == 400
    assert lookups(newsroom) == []


def told(pages: Iterable[str], said: str) -> list[bool]:
    return [said in page for page in pages]


@pytest.mark.parametrize(
    ("language", "said"),
    [("ar", "لم يُقبل طلبكم"), ("fr", "a été refusée"), ("en", "was declined")],
)
def test_an_answer_is_told_once_in_the_readers_language(
    amina: Browser, newsroom: Database, language: str, said: str
) -> None:
    amina.get(f"/language/{language}")
    request_id = request_feed(newsroom)
    with newsroom.write_exclusive() as session:
        operate.decline(session, CHAIMAE, request_id, "<b>ليس صحافة</b>", now())
    pages = [amina.get("/mine").text for _ in range(2)]
    assert told(pages, said) == [True, False]
    assert str(Markup.escape("<b>ليس صحافة</b>")) in pages[0]
    assert "<b>ليس" not in pages[0]
    assert str(Markup.escape("<b>ليس صحافة</b>")) in amina.get("/following").text


def test_a_page_that_is_fetched_ahead_tells_nothing(amina: Browser, newsroom: Database) -> None:
    request_id = request_feed(newsroom)
    with newsroom.write_exclusive() as session:
        operate.decline(session, CHAIMAE, request_id, "لا", now())
    ahead = amina.get("/mine", headers={"Sec-Purpose": "prefetch"}).text
    assert told([ahead, amina.get("/mine").text], "لم يُقبل طلبكم") == [False, True]


# --- operators ---------------------------------------------------------------------------------

FORM = {"name": "الجديد", "slug": "new", "language": "ar", "country": "ma", "section": "general"}


@pytest.fixture
def config_path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text("")
    return path


@pytest.fixture
def operator(newsroom: Database, config_path: Path) -> Browser:
    """Chaimae, at an application that knows its config file."""
    browser = Browser(create_app(Settings(), newsroom, FAST_PASSWORDS, config_path))
    browser.sign_in("Chaimae")
    return browser


def test_operators_see_requests(operator: Browser, newsroom: Database) -> None:
    request_id = request_feed(newsroom)
    for page in (operator.get("/operate").text, operator.get("/operate/requests").text):
        assert f"/operate/requests/{request_id}" in page
        for said in ("الجديد", "Amina", "قارئ واحد", "يعمل"):
            assert said in page
    page = operator.get(f"/operate/requests/{request_id}").text
    for said in ("خبر عاجل", "Amina", "https://new.example/feed", "rss 2.0", 'value="MA"'):
        assert said in page


def test_accepting(
    operator: Browser, amina: Browser, newsroom: Database, config_path: Path
) -> None:
    request_id = request_feed(newsroom)
    answer = operator.post(f"/operate/requests/{request_id}/accept", **FORM)
    assert answer.location == "/operate/requests?done=accept"
    with newsroom.read() as session:
        (act,) = audit.list_acts(session, ActFilter(), before=None, limit=9)
    assert (act.actor, act.kind, act.detail) == ("Chaimae", "request.accept", FORM["slug"])
    assert "new.example" in (config_path.parent / "sources.d" / "requested.toml").read_text()
    assert "أضيف المصدر" in operator.get(answer.location).text
    pages = [amina.get("/mine").text for _ in range(2)]
    assert told(pages, "بطلب منكم") == [True, False]
    assert "/sources/new" in amina.get("/following").text
    again = operator.post(f"/operate/requests/{request_id}/accept", **FORM)
    assert again.location == "/operate/requests?done=answered"


def test_declining(operator: Browser, newsroom: Database) -> None:
    request_id = request_feed(newsroom)
    where = f"/operate/requests/{request_id}/decline"
    assert operator.post(where, word=" ").status_code == 400
    assert operator.post(where, word="ليس صحافة").location == "/operate/requests?done=decline"
    assert "ليس صحافة" in operator.get("/operate/requests").text
    assert operator.post(where, word="لا").location == "/operate/requests?done=answered"
    assert "/decline" not in operator.get(f"/operate/requests/{request_id}").text


def test_a_wrong_field_is_named_and_nothing_typed_is_lost(
    operator: Browser, newsroom: Database
) -> None:
    request_id = request_feed(newsroom)
    where = f"/operate/requests/{request_id}/accept"
    answer = operator.post(where, **FORM | {"slug": "hespress", "name": "اسم آخر"})
    assert answer.status_code == 400
    assert 'value="hespress" aria-describedby="problem" aria-invalid="true"' in answer.text
    assert "اسم آخر" in answer.text


def test_a_config_with_problems_is_shown(
    operator: Browser, newsroom: Database, config_path: Path
) -> None:
    request_id = request_feed(newsroom)
    config_path.write_text("colour = 1\n")
    answer = operator.post(f"/operate/requests/{request_id}/accept", **FORM)
    assert answer.status_code == 409
    assert "config.toml:1: colour: unknown key" in answer.text


def test_where_nothing_can_be_written_the_table_to_paste_is_shown(
    operator: Browser, newsroom: Database, config_path: Path
) -> None:
    request_id = request_feed(newsroom)
    (config_path.parent / "sources.d").write_text("a file in its place")
    answer = operator.post(f"/operate/requests/{request_id}/accept", **FORM)
    assert answer.status_code == 409
    assert 'slug = "new"' in Markup(answer.text).unescape()
    assert "requested.toml" in answer.text


def test_an_application_without_a_config_file_shows_the_table(
    chaimae: Browser, newsroom: Database
) -> None:
    request_id = request_feed(newsroom)
    answer = chaimae.post(f"/operate/requests/{request_id}/accept", **FORM)
    assert answer.status_code == 409
    assert "[[source]]" in answer.text


def test_many_requests(operator: Browser, newsroom: Database) -> None:
    for number in range(7):
        with newsroom.write_exclusive() as session:
            feed = a_found_feed(f"https://{number}.example/feed", title=f"جريدة {number}")
            source_requests.ask_for_feed(session, AMINA, feed, PAGE, 100, NOW)
    assert operator.get("/operate").text.count('href="/operate/requests/') == 5
    assert operator.get("/operate/requests").text.count('href="/operate/requests/') == 7
    with newsroom.read() as session:
        assert session.execute(select(func.count()).select_from(SourceLookupRow)).scalar() == 0


def test_a_feed_without_a_name_or_articles(operator: Browser, newsroom: Database) -> None:
    bare = a_found_feed(title="", language="", headlines=(), entries=0, newest_at=None)
    request_id = request_feed(newsroom, bare)
    page = operator.get(f"/operate/requests/{request_id}").text
    assert "https://new.example/feed" in page
    assert "لا مقالات" in page


def test_the_state_of_an_application_has_the_limit(make_app: MakeApp) -> None:
    assert state_of(make_app()).max_requests == 5
