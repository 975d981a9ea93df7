"""The page of the audit log, and acts whose success needs more than a form."""

from __future__ import annotations

import pytest
from flask import Flask

from aggregator.storage import audit
from aggregator.storage.engine import Database
from aggregator.types.audit import ACT_KINDS, Act, ActFilter
from tests.builders import NOW, make_feed, make_source
from tests.web.browser import Browser
from web.state import state_of


def acts(app: Flask) -> list[tuple[str, str, str]]:
    with state_of(app).database.read() as session:
        found = audit.list_acts(session, ActFilter(), before=None, limit=99)
    return [(act.actor, act.kind, act.target) for act in found]


def add(app: Flask, *made: Act) -> None:
    with state_of(app).database.write() as session:
        for act in made:
            audit.add(session, act)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_every_kind_of_act_has_a_name(app: Flask, chaimae: Browser, language: str) -> None:
    add(app, *(Act(NOW, "Brahim", "web", kind, "7", "لأجل") for kind in ACT_KINDS))
    page = chaimae.client.get("/operate/audit", headers={"Accept-Language": language}).text
    assert page.count("<tr>") == len(ACT_KINDS) + 1
    assert "audit.act" not in page


def test_what_it_shows(app: Flask, chaimae: Browser) -> None:
    add(app, Act(NOW, "Brahim", "web", "topic.save", "water", "<b>تصحيح</b>"))
    add(app, Act(NOW, "root", "cli", "user.close", "Yassine"))
    page = chaimae.get("/operate/audit").text
    assert '<bdi>root</bdi> <span class="badge">' in page
    assert 'href="/desk/topics/water/history"' in page
    assert "&lt;b&gt;تصحيح" in page


def test_it_is_narrowed(app: Flask, chaimae: Browser) -> None:
    late = NOW.replace(hour=23, minute=30)  # the next day in Casablanca
    add(app, Act(NOW, "Brahim", "web", "topic.save", "water"))
    add(app, Act(late, "Chaimae", "web", "user.role", "Yassine"))
    for query, targets in (
        ("person=Brahim", {"water"}),
        ("kind=user.role", {"Yassine"}),
        ("day=2026-11-02", {"water"}),
        ("day=2026-11-03", {"Yassine"}),
        ("", {"water", "Yassine"}),
    ):
        page = chaimae.get(f"/operate/audit?{query}").text.partition("<tbody")[2]
        assert {target for target in ("water", "Yassine") if target in page} == targets, query
        rows = chaimae.get(f"/operate/audit.csv?{query}").text.splitlines()[1:]
        assert len(rows) == len(targets), query
    for query in ("kind=topic.dance", "day=yesterday", "before=0"):
        assert chaimae.get(f"/operate/audit?{query}").status_code == 400, query


def test_it_goes_on(app: Flask, chaimae: Browser) -> None:
    add(app, *(Act(NOW, "Brahim", "web", "topic.save", f"t{n}") for n in range(60)))
    first = chaimae.get("/operate/audit?person=Brahim").text
    address = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = chaimae.get(address).text
    assert [name for name in ("t59<", "t10<", "t9<") if name in first] == ["t59<", "t10<"]
    assert [name for name in ("t10<", "t9<", "t0<") if name in second] == ["t9<", "t0<"]
    assert 'rel="next"' not in second


def test_a_table(app: Flask, chaimae: Browser) -> None:
    add(app, Act(NOW, "Brahim", "web", "topic.save", "water", "=1+1"))
    answer = chaimae.get("/operate/audit.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "private, no-store"
    head, row = answer.text.lstrip("\ufeff").splitlines()
    assert head == "id,at,actor,via,act,target,detail,request_id"
    assert row.split(",", 1)[1] == "2026-11-02T08:00:00Z,Brahim,web,topic.save,water,'=1+1,"


def test_an_act_has_the_id_of_its_request(app: Flask, chaimae: Browser) -> None:
    answer = chaimae.post("/operate/people/invites", label="x", role="editor", days="7")
    assert answer.status_code in (200, 403)
    request_id = chaimae.post("/operate/feeds/1/poll").headers["X-Request-ID"]
    with state_of(app).database.read() as session:
        act = audit.list_acts(session, ActFilter(kind="feed.poll"), before=None, limit=1)[0]
    assert act.request_id == request_id


# --- acts that the forms of `tests/web/routes.py` do not complete ---------------------------------


def test_adopting_another_address(app: Flask, chaimae: Browser) -> None:
    with state_of(app).database.write() as session:
        feed_id = make_feed(
            session,
            make_source(session, "alwaha"),
            "https://alwaha.example/",
            advertised=[["RSS", "https://alwaha.example/rss"]],
        )
    url = f"/operate/feeds/{feed_id}/adopt"
    assert chaimae.post(url, address="https://alwaha.example/rss").status_code == 303
    assert acts(app) == [("Chaimae", "feed.adopt", str(feed_id))]


def test_refused_acts_leave_nothing(app: Flask, chaimae: Browser) -> None:
    assert chaimae.post("/operate/feeds/1/adopt", address="https://x.example/").status_code == 409
    assert chaimae.post("/operate/people/invites/revoke", invite="made-up").status_code == 303
    assert chaimae.post("/desk/topics/none/notes", note="x").status_code == 404
    assert acts(app) == []


def test_reverting_a_topic(app: Flask, chaimae: Browser) -> None:
    form = {"slug": "rain", "name_ar": "المطر", "rule": "مطر", "state": "draft"}
    assert chaimae.post("/desk/topics/new", **form).status_code == 303
    changed = form | {"rule": "ثلج", "base": "1"}
    assert chaimae.post("/desk/topics/rain", **changed).status_code == 303
    assert chaimae.post("/desk/topics/rain/revert", number="1", base="2").status_code == 303
    assert [kind for _, kind, _ in acts(app)] == ["topic.revert", "topic.save", "topic.create"]


def test_revoking_an_invitation(make_app: object, newsroom: Database) -> None:
    app: Flask = make_app(registration="invite")  # type: ignore[operator]  # a fixture's factory
    chaimae = Browser(app)
    chaimae.sign_in("Chaimae")
    page = chaimae.post("/operate/people/invites", label="Yassine", role="editor", days="7").text
    invite = page.partition('name="invite" value="')[2].partition('"')[0]
    assert chaimae.post("/operate/people/invites/revoke", invite=invite).status_code == 303
    assert acts(app) == [
        ("Chaimae", "invite.revoke", "Yassine"),
        ("Chaimae", "invite.create", "Yassine"),
    ]
