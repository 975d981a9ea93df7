"""Every route with values that are right for `world`: what tests of all routes start from.

A new route has to be entered here: `tests/web/test_hostile_values.py` compares with the URL map.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from tests.web.browser import PASSWORD

Values = Mapping[str, Any]
HUB_TOPIC = "https://h.example/feed"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Route:
    """What a route takes: the variables of its path, its query and its form, all of them right."""

    path: Values = field(default_factory=dict)
    query: Values = field(default_factory=dict)
    form: Values = field(default_factory=dict)
    status: int | None = None
    """Of the answer, where it is none that says yes."""


def _page(**query: str) -> Route:
    return Route(query=query)


def _form(**form: Any) -> Route:
    return Route(form=form)


def _topic(**form: str) -> Route:
    return Route({"slug": "water"}, form=form)


_LIST = {
    "source": "hespress",
    "country": "MA",
    "lang": "ar",
    "unread": "1",
    "cursor": "",
    "in": "",
    "view": "entries",
    "folder": "1",
}
_NARROWED = {name: _LIST[name] for name in ("source", "country", "lang", "unread", "cursor")}
_ENTRY = {"entry_id": 1}
_STORY = {"story_id": 4}
_PERIOD = {"by": "week", "day": "2026-11-02"}
_CHANGES = {
    "day": "2026-11-02", "source": "hespress", "topic": "water", "size": "typo", "announced": "1",
}  # fmt: skip
_RESEARCH = {
    "q": "سدود", "source": "hespress", "country": "MA", "lang": "ar", "section": "general",
    "from": "2026-11-01", "to": "2026-11-02", "asked": "2026-11-03T08:00:00Z", "upto": "3",
}  # fmt: skip
_SERIES = {"q2": "مباراة", "q3": "كأس", "q4": "ماء", "per": "day", "by": "source"}
_ON = {"on": "1", "next": "/"}
_API = {
    "source": "hespress", "owner": "press-house", "feed": "1", "tag": "ماء", "lang": "ar",
    "country": "MA", "starred": "1", "unread": "1", "limit": "5", "cursor": "", "collapse": "1",
}  # fmt: skip
_TOPIC_FORM = {
    "slug": "water", "name_ar": "الماء", "name_fr": "L’eau", "name_en": "Water",
    "about_ar": "السدود", "about_fr": "", "about_en": "", "rule": "سدود", "state": "draft",
    "base": "1", "reason": "تصحيح", "any_of": "سدود", "all_of": "", "none_of": "",
    "sources": "hespress", "languages": "ar", "countries": "MA", "days": "7", "action": "save",
}  # fmt: skip
_AUDIT = {"person": "Chaimae", "kind": "topic.save", "day": "2026-11-02"}
_LONGER = "كلمة أطول بكثير"
_NEWCOMER = {"name": "Fatima", "password": PASSWORD, "repeat": PASSWORD}
_FILTER = {"q": "h", "country": "MA", "lang": "ar", "by": "folder"}
_FEED = {"limit": "5", "lang": "ar", "text": "full"}
_LIST_FEED = {"limit": "5", "text": "full"}
_FRONT_FEED = _LIST_FEED | {"source": "hespress", "country": "MA", "lang": "ar", "view": "entries"}
_FRONT_FEED |= {"unread": "0"}
_OPML = b"<opml version='2.0'><body><outline xmlUrl='https://h.example/feed'/></body></opml>"
_HUB = {
    "hub.mode": "subscribe", "hub.topic": HUB_TOPIC, "hub.challenge": "c",
    "hub.lease_seconds": "86400", "hub.reason": "",
}  # fmt: skip
_PEOPLE = {"q": "a", "after": "b", "done": "role"}
_READ = "user/-/state/com.google/read"
_LABEL = "user/-/label/ماء"
_STREAM = {
    "s": "feed/10", "n": "5", "r": "o", "c": "1", "ot": "1762070400", "nt": "1862070400",
    "xt": _READ, "it": "user/-/state/com.google/reading-list",
}  # fmt: skip
APP_READS: dict[str, dict[str, Values]] = {
    "token": {},
    "user-info": {},
    "tag/list": {"query": {"output": "json"}},
    "subscription/list": {},
    "subscription/export": {},
    "unread-count": {},
    "preference/list": {},
    "preference/stream/list": {},
    "stream/items/ids": {"query": _STREAM},
    "stream/items/contents": {"query": {"i": "1"}},
    "stream/contents": {"query": _STREAM},
    "stream/contents/": {"query": _STREAM},
    "stream/contents/<path:stream>": {"path": {"stream": "feed/10"}, "query": _STREAM},
}
APP_WRITES: dict[str, Values] = {
    "edit-tag": {"i": "1", "a": _READ, "r": _LABEL, "T": "x"},
    "mark-all-as-read": {"s": "feed/10", "ts": "1862070400"},
    "rename-tag": {"s": _LABEL, "dest": "user/-/label/مياه"},
    "disable-tag": {"t": _LABEL},
    "subscription/edit": {
        "ac": "edit", "s": "feed/10", "t": "x", "a": "user/-/label/x", "r": "user/-/label/y",
    },
    "subscription/quickadd": {"quickadd": "https://h.example/feed"},
    "subscription/import": {"file": _OPML},
    "preference/set": {"k": "a", "v": "b"},
    "preference/stream/set": {"s": "feed/10", "k": "a", "v": "b"},
}  # fmt: skip
NOT_IN_TOPICS = ("topic", "tag", "starred", "q")
"""Parameters that the entries of a topic refuse, whatever they say."""

ROUTES: dict[tuple[str, str], Route] = {
    # --- reading
    ("GET", "/"): Route(query=_LIST),
    ("GET", "/mine"): Route(query=_LIST),
    ("GET", "/entries/<int:entry_id>"): Route(_ENTRY, _LIST | {"in": "source"}),
    ("POST", "/entries/<int:entry_id>/star"): Route(_ENTRY, form=_ON),
    ("POST", "/entries/<int:entry_id>/tags"): Route(_ENTRY, form={"tags": "ماء", "next": "/"}),
    ("POST", "/entries/<int:entry_id>/tags/remove"): Route(
        _ENTRY, form={"tag": "ماء", "next": "/"}
    ),
    ("POST", "/entries/read"): _form(ids="1,2", stories="4", **_ON),
    ("POST", "/entries/read-all"): _form(
        up_to="3", above="1", older_than="7", next="/", **_LIST | {"in": "mine"}
    ),
    ("POST", "/entries/undo"): Route(form={"undo": "made-up", "next": "/"}, status=404),
    ("GET", "/entries/<int:entry_id>/history"): Route(_ENTRY, {"before": "1", "after": "2"}),
    ("GET", "/changes"): Route(query=_CHANGES | {"cursor": ""}),
    ("GET", "/changes.atom"): Route(query=_CHANGES | {"limit": "5"}),
    ("GET", "/changes.rss"): Route(query=_CHANGES | {"limit": "5"}),
    ("GET", "/changes.json"): Route(query=_CHANGES | {"limit": "5"}),
    ("GET", "/changes.csv"): Route(query=_CHANGES | {"limit": "5"}),
    ("GET", "/sections/<slug>"): Route({"slug": "sport"}, _NARROWED),
    ("POST", "/stories/<int:story_id>/pin"): Route(
        _STORY, form={"hours": "6", "until": "", "next": "/"}
    ),
    ("GET", "/stories/<int:story_id>"): Route(_STORY, {"before": "7"}),
    ("GET", "/stories/<int:story_id>/changes/<int:entry_id>"): Route(_STORY | {"entry_id": 6}),
    ("POST", "/stories/<int:story_id>/follow"): Route(_STORY, form=_ON),
    ("POST", "/stories/<int:story_id>/read"): Route(_STORY, form=_ON),
    ("POST", "/stories/<int:story_id>/split"): Route(_STORY, form={"ids": "5", "next": "/"}),
    ("POST", "/stories/<int:story_id>/merge"): Route(_STORY, form={"other": "1", "next": "/"}),
    ("GET", "/topics"): Route(),
    ("GET", "/topics/<slug>"): Route({"slug": "water"}, _NARROWED),
    ("POST", "/topics/<slug>/follow"): Route({"slug": "water"}, form=_ON),
    ("GET", "/topics/<slug>.atom"): Route({"slug": "water"}, _FEED),
    ("GET", "/topics/<slug>.rss"): Route({"slug": "water"}, _FEED),
    ("GET", "/topics/<slug>.json"): Route({"slug": "water"}, _FEED),
    ("GET", "/topics/<slug>.opml"): Route({"slug": "water"}, _FEED),
    ("GET", "/topics/<slug>.csv"): Route({"slug": "water"}, _FEED),
    ("GET", "/agencies"): Route(query={"days": "7"}),
    ("GET", "/agencies/<slug>"): Route({"slug": "map"}, {"days": "7"}),
    ("GET", "/agencies/<slug>/dispatches"): Route(
        {"slug": "map"}, {"days": "7", "of": "prints", "source": "hespress", "cursor": ""}
    ),
    ("GET", "/agencies/<slug>.csv"): Route({"slug": "map"}, {"days": "7"}),
    ("GET", "/dispatches/<int:entry_id>"): Route({"entry_id": 4}),
    ("GET", "/dispatches/<int:entry_id>.csv"): Route({"entry_id": 4}),
    ("GET", "/insights"): Route(query=_PERIOD),
    ("GET", "/insights.csv"): Route(query=_PERIOD),
    ("GET", "/insights/sources.csv"): Route(query=_PERIOD),
    ("GET", "/insights/stories"): Route(
        query=_PERIOD | {"kind": "arabic", "source": "", "role": "", "cursor": ""}
    ),
    ("GET", "/insights/stories.csv"): Route(
        query=_PERIOD
        | {"kind": "", "source": "hespress", "role": "first", "limit": "5", "cursor": ""}
    ),
    ("GET", "/sources"): Route(),
    ("GET", "/sources/<slug>"): Route({"slug": "hespress"}, _NARROWED),
    ("POST", "/sources/<slug>/follow"): Route(
        {"slug": "medias24"}, form=_ON | {"as_before": "1", "folder": "1"}
    ),
    ("POST", "/sources/<slug>/mute"): Route({"slug": "hespress"}, form=_ON),
    ("GET", "/owners"): Route(),
    ("GET", "/owners/<slug>"): Route({"slug": "press-house"}, _NARROWED),
    ("GET", "/following"): Route(query=_FILTER),
    ("GET", "/following.opml"): Route(),
    ("POST", "/following/import"): Route(query=_FILTER, form={"file": _OPML}),
    ("POST", "/following/packs/<slug>"): Route(
        {"slug": "ma-ar"}, form={"on": "0", "sources": "1 2", "topics": "1", "next": "/"}
    ),
    ("POST", "/following/folders"): Route(
        query=_FILTER, form={"source": "1", "folder": "1", "name": "الصحف", "next": "/"}
    ),
    ("POST", "/following/folders/undo"): _form(places="1:1", next="/"),
    ("POST", "/following/folders/rename"): Route(
        query=_FILTER, form={"folder": "1", "name": "الصحف", "next": "/"}
    ),
    ("POST", "/following/folders/move"): _form(folder="1", to="up", next="/"),
    ("POST", "/following/folders/delete"): _form(folder="1", next="/"),
    ("POST", "/following/folders/restore"): _form(
        name="الصحف", position="0", sources="1", next="/"
    ),
    ("POST", "/following/words"): _form(word="كرة", next="/"),
    ("POST", "/following/words/remove"): _form(word="كرة", next="/"),
    ("GET", "/following/ask"): _page(
        url="https://new.example/", text="https://new.example/", title="جديد"
    ),
    ("POST", "/following/ask"): _form(address="https://new.example/"),
    ("GET", "/following/ask/<int:lookup_id>"): Route({"lookup_id": 1}),
    ("POST", "/following/ask/<int:lookup_id>/choose"): Route({"lookup_id": 1}, form={"feed": "0"}),
    ("POST", "/following/requests/<int:request_id>/withdraw"): Route({"request_id": 1}),
    ("GET", "/starred"): Route(query=_NARROWED),
    ("GET", "/tags"): Route(),
    ("GET", "/tags/<tag:name>"): Route({"name": "ماء"}, _NARROWED),
    ("POST", "/tags/rename"): _form(tag="ماء", name="مياه", merge="1", next="/tags"),
    ("POST", "/tags/delete"): _form(tag="ماء", sure="1", next="/tags"),
    ("POST", "/preferences"): _form(
        density="cards", theme="dark", size="large", images="0", read_on_scroll="1", next="/"
    ),
    # --- search
    ("GET", "/search"): _page(
        q="سدود", order="newest", cursor="", muted="1",
        **{"in": "mine", "from": "2026-11-01", "to": "2026-11-30"},
    ),
    ("GET", "/research"): Route(query=_RESEARCH | _SERIES | {"show": "share"}),
    **{
        ("GET", f"/research/{table}.{kind}"): Route(query=_RESEARCH | narrowed)
        for table, narrowed in (("series", _SERIES), ("groups", _SERIES), ("entries", {}))
        for kind in ("csv", "jsonl", "parquet")
    },
    ("GET", "/research/entries"): Route(
        query=_RESEARCH | {"hour": "2026-11-01T08:00:00Z", "cursor": ""}
    ),
    ("POST", "/search/saved"): _form(q="سدود", name="السدود"),
    ("POST", "/search/saved/<int:search_id>/rename"): Route(
        {"search_id": 1}, form={"name": "السدود", "next": "/"}
    ),
    ("POST", "/search/saved/<int:search_id>/delete"): Route({"search_id": 1}, form={"next": "/"}),
    # --- accounts
    ("GET", "/login"): _page(next="/mine"),
    ("GET", "/login/code"): _page(next="/mine"),
    ("POST", "/login/code"): _form(code="123456", next="/mine"),
    ("POST", "/login/passkey"): Route(
        form={"answer": "{}", "challenge": "x", "next": "/mine"}, status=401
    ),
    ("POST", "/login/passkey/options"): Route(),
    ("POST", "/login"): _form(name="Chaimae", password=PASSWORD, next="/mine"),
    ("GET", "/login/oidc"): Route(query={"next": "/mine"}, status=404),
    ("GET", "/login/oidc/callback"): Route(
        query={"state": "s", "code": "c", "error": "access_denied", "iss": "https://h.example"},
        status=404,
    ),
    ("POST", "/account/identities/link"): Route(form={"password": PASSWORD}, status=404),
    ("POST", "/account/identities/unlink"): _form(identity="1"),
    ("POST", "/logout"): Route(),
    ("GET", "/register"): Route(),
    ("POST", "/register"): _form(**_NEWCOMER),
    ("GET", "/forgot"): Route(),
    ("POST", "/forgot"): _form(name="Chaimae"),
    ("POST", "/account/email"): _form(email="c@example.org", password=PASSWORD),
    ("GET", "/password/<token>"): Route({"token": "PASSWORD_LINK"}),
    ("POST", "/password/<token>"): Route(
        {"token": "PASSWORD_LINK"}, form={"password": PASSWORD, "repeat": PASSWORD}
    ),
    ("GET", "/invite/<token>"): Route({"token": "INVITE"}),
    ("POST", "/invite/<token>"): Route({"token": "INVITE"}, form=_NEWCOMER),
    ("GET", "/setup/<token>"): Route({"token": "made-up"}, status=404),
    ("POST", "/setup/<token>"): Route({"token": "made-up"}, form=_NEWCOMER, status=404),
    ("GET", "/account"): _page(saved="password"),
    ("GET", "/account/export.json"): Route(),
    ("POST", "/account/password"): _form(
        current=PASSWORD, new=_LONGER, repeat=_LONGER, keep_tokens="1"
    ),
    ("POST", "/account/close"): Route(form={"password": PASSWORD}, status=409),
    ("GET", "/account/second-factor"): Route(),
    ("POST", "/account/second-factor/confirm"): _form(password=PASSWORD),
    ("POST", "/account/second-factor/app"): Route(),
    ("POST", "/account/second-factor/app/confirm"): Route(form={"code": "123456"}, status=401),
    ("POST", "/account/second-factor/app/remove"): Route(status=404),
    ("POST", "/account/second-factor/codes"): Route(status=400),
    ("POST", "/account/second-factor/passkeys"): Route(
        form={"answer": "{}", "challenge": "x", "name": "هاتفي"}, status=401
    ),
    ("POST", "/account/second-factor/passkeys/options"): Route(),
    ("POST", "/account/second-factor/passkeys/rename"): Route(
        form={"passkey": "1", "name": "هاتفي"}, status=404
    ),
    ("POST", "/account/second-factor/passkeys/revoke"): Route(form={"passkey": "1"}, status=404),
    ("POST", "/account/sessions/revoke"): _form(session="made-up"),
    ("POST", "/account/sessions/revoke-others"): Route(),
    ("POST", "/account/tokens"): _form(label="هاتفي", days="30", scope="write"),
    ("POST", "/account/apps"): _form(name="هاتفي"),
    ("POST", "/account/apps/revoke"): _form(app="made-up"),
    ("POST", "/account/feeds"): _form(kind="tag", subject="ماء"),
    ("POST", "/account/feeds/revoke"): _form(feed="made-up"),
    ("POST", "/account/tokens/revoke"): _form(token="made-up"),
    # --- desk
    ("GET", "/desk"): Route(),
    ("GET", "/desk/topics/new"): Route(),
    ("POST", "/desk/topics/new"): _form(**_TOPIC_FORM | {"slug": "sea"}),
    ("POST", "/desk/preview"): _form(**_TOPIC_FORM | {"topic": "water"}),
    ("GET", "/desk/topics/<slug>"): _topic(),
    ("POST", "/desk/topics/<slug>"): _topic(**_TOPIC_FORM),
    ("GET", "/desk/topics/<slug>/delete"): _topic(),
    ("POST", "/desk/topics/<slug>/delete"): _topic(base="1", reason="مكرر"),
    ("GET", "/desk/topics/<slug>/history"): Route({"slug": "water"}, {"before": "0", "after": "1"}),
    ("POST", "/desk/topics/<slug>/revert"): _topic(number="1", base="1"),
    ("POST", "/desk/topics/<slug>/notes"): _topic(note="للمراجعة"),
    ("POST", "/desk/topics/<slug>/notes/<int:note_id>/delete"): Route(
        {"slug": "water", "note_id": 1}
    ),
    ("GET", "/desk/topics/<slug>/entries"): Route({"slug": "water"}, {"cursor": ""}),
    ("POST", "/desk/topics/<slug>/entries/<int:entry_id>/<action>"): Route(
        {"slug": "water", "entry_id": 1, "action": "pin"},
        form={"days": "3", "note": "مهم", "reason": "خارج الموضوع"},
    ),
    # --- operating
    ("GET", "/operate"): _page(state="healthy", page="1"),
    ("GET", "/operate/feeds/<int:feed_id>"): Route({"feed_id": 1}, {"done": "poll"}),
    ("POST", "/operate/feeds/<int:feed_id>/poll"): Route({"feed_id": 1}),
    ("POST", "/operate/feeds/<int:feed_id>/resume"): Route({"feed_id": 1}),
    ("POST", "/operate/feeds/<int:feed_id>/adopt"): Route(
        {"feed_id": 1}, {"done": "poll"}, {"address": "https://h.example/other"}, status=409
    ),
    ("GET", "/operate/requests"): _page(done="accept"),
    ("GET", "/operate/requests/<int:request_id>"): Route({"request_id": 1}),
    ("POST", "/operate/requests/<int:request_id>/accept"): Route(
        {"request_id": 1},
        form={"name": "جديد", "slug": "new", "language": "ar", "country": "MA", "section": "sport"},
        status=409,
    ),
    ("POST", "/operate/requests/<int:request_id>/decline"): Route(
        {"request_id": 1}, form={"word": "ليس صحافة"}
    ),
    ("GET", "/operate/audit"): Route(query=_AUDIT | {"before": "9"}),
    ("GET", "/operate/audit.csv"): Route(query=_AUDIT),
    ("GET", "/operate/people"): Route(query=_PEOPLE),
    ("POST", "/operate/people/<int:user_id>/role"): Route({"user_id": 1}, form={"role": "editor"}),
    ("POST", "/operate/people/<int:user_id>/close"): Route({"user_id": 1}),
    ("POST", "/operate/people/<int:user_id>/password-link"): Route({"user_id": 1}, _PEOPLE),
    ("POST", "/operate/people/invites"): Route(
        query=_PEOPLE, form={"label": "للتحرير", "role": "editor", "days": "7"}
    ),
    ("POST", "/operate/people/invites/revoke"): _form(invite="made-up"),
    # --- programs
    ("GET", "/api/v1/entries"): Route(query=_API | {"topic": "", "q": ""}),
    ("GET", "/api/v1/entries/<int:entry_id>"): Route(_ENTRY),
    ("GET", "/api/v1/entries/<int:entry_id>/revisions"): Route(_ENTRY),
    ("GET", "/api/v1/changes"): Route(query=_CHANGES | {"limit": "5", "cursor": ""}),
    ("GET", "/api/v1/insights"): Route(query=_PERIOD),
    ("GET", "/api/v1/insights/stories"): Route(
        query=_PERIOD
        | {"kind": "", "source": "hespress", "role": "told", "limit": "5", "cursor": ""}
    ),
    ("POST", "/api/v1/entries/read"): _form(ids="1,2", on="1"),
    ("POST", "/api/v1/entries/star"): _form(ids="1,2", on="1"),
    ("POST", "/api/v1/entries/tag"): _form(ids="1,2", tags="ماء,سدود", on="1"),
    ("POST", "/api/v1/entries/mark-all-read"): _form(
        source="hespress", topic="water", before="2026-11-24T02:18:48Z"
    ),
    ("GET", "/api/v1/follow"): Route(),
    ("POST", "/api/v1/follow"): _form(
        sources="hespress,medias24", topics="water", stories="4", on="1"
    ),
    ("GET", "/api/v1/openapi.json"): Route(),
    ("GET", "/api"): Route(),
    ("GET", "/api/v1/feeds"): Route(),
    ("GET", "/api/v1/search"): Route(query=_API | {"q": "سدود", "order": "newest", "topic": ""}),
    ("GET", "/api/v1/research"): Route(query=_RESEARCH | _SERIES),
    ("GET", "/api/v1/research/entries"): Route(
        query=_RESEARCH | {"hour": "2026-11-01T08:00:00Z", "limit": "5", "cursor": ""}
    ),
    ("GET", "/api/v1/agencies"): Route(query={"days": "7"}),
    ("GET", "/api/v1/agencies/<slug>"): Route({"slug": "map"}, {"days": "7"}),
    ("GET", "/api/v1/dispatches/<int:entry_id>"): Route({"entry_id": 4}),
    ("GET", "/api/v1/stories"): Route(
        query={name: _API[name] for name in (*_NARROWED, "owner", "limit")}
    ),
    ("GET", "/api/v1/stories/<int:story_id>"): Route(_STORY),
    ("GET", "/api/v1/owners"): Route(),
    ("GET", "/api/v1/owners/<slug>"): Route({"slug": "press-house"}),
    ("GET", "/api/v1/topics"): Route(),
    ("GET", "/api/v1/topics/<slug>"): Route({"slug": "water"}),
    ("GET", "/api/v1/topics/<slug>/entries"): Route(
        {"slug": "water"}, {name: _API[name] for name in _API if name not in NOT_IN_TOPICS}
    ),
    # --- apps
    ("GET", "/accounts/ClientLogin"): Route(status=401),
    ("POST", "/accounts/ClientLogin"): Route(
        form={"Email": "Chaimae", "Passwd": "made-up", "output": "json"}, status=401
    ),
    **{
        (method, f"/reader/api/0/{path}"): Route(**values)
        for path, values in APP_READS.items()
        for method in ("GET", "POST")
    },
    **{("POST", f"/reader/api/0/{path}"): _form(**form) for path, form in APP_WRITES.items()},
    ("GET", "/reader/atom/<path:stream>"): Route({"stream": "feed/10"}, {"n": "5"}),
    # --- feeds of lists
    ("GET", "/front.atom"): Route(query=_FRONT_FEED),
    ("GET", "/front.rss"): Route(query=_FRONT_FEED),
    ("GET", "/front.json"): Route(query=_FRONT_FEED),
    ("GET", "/sections/<slug>.atom"): Route({"slug": "politics"}, _LIST_FEED),
    ("GET", "/sections/<slug>.rss"): Route({"slug": "politics"}, _LIST_FEED),
    ("GET", "/sections/<slug>.json"): Route({"slug": "politics"}, _LIST_FEED),
    ("GET", "/sources/<slug>.atom"): Route({"slug": "hespress"}, _LIST_FEED),
    ("GET", "/sources/<slug>.rss"): Route({"slug": "hespress"}, _LIST_FEED),
    ("GET", "/sources/<slug>.json"): Route({"slug": "hespress"}, _LIST_FEED),
    ("GET", "/stories/<int:story_id>.atom"): Route(_STORY, _LIST_FEED),
    ("GET", "/stories/<int:story_id>.rss"): Route(_STORY, _LIST_FEED),
    ("GET", "/stories/<int:story_id>.json"): Route(_STORY, _LIST_FEED),
    ("GET", "/search.atom"): Route(query=_LIST_FEED | {"q": "سدود"}),
    ("GET", "/search.rss"): Route(query=_LIST_FEED | {"q": "سدود"}),
    ("GET", "/search.json"): Route(query=_LIST_FEED | {"q": "سدود"}),
    ("GET", "/search.csv"): Route(query=_LIST_FEED | {"q": "سدود"}),
    ("GET", "/feeds/<token>.atom"): Route({"token": "FEED"}, _LIST_FEED),
    ("GET", "/feeds/<token>.rss"): Route({"token": "FEED"}, _LIST_FEED),
    ("GET", "/feeds/<token>.json"): Route({"token": "FEED"}, _LIST_FEED),
    ("GET", "/websub/<token>"): Route({"token": "HUB"}, _HUB),
    ("POST", "/websub/<token>"): Route({"token": "HUB"}),
    ("GET", "/healthz"): Route(),
    ("GET", "/readyz"): Route(),
    ("GET", "/metrics"): Route(),
    # --- what pages are made with
    ("GET", "/pictures/site.png"): Route(),
    ("GET", "/pictures/entries/<int:entry_id>.png"): Route(_ENTRY),
    ("GET", "/pictures/stories/<int:story_id>.png"): Route(_STORY),
    ("GET", "/pictures/sources/<slug>.png"): Route({"slug": "hespress"}),
    ("GET", "/pictures/sections/<slug>.png"): Route({"slug": "politics"}),
    ("GET", "/pictures/topics/<slug>.png"): Route({"slug": "water"}),
    ("GET", "/about"): Route(),
    ("GET", "/robots.txt"): Route(),
    ("GET", "/sitemap.xml"): Route(),
    ("GET", "/favicon.ico"): Route(),
    ("GET", "/apple-touch-icon.png"): Route(),
    ("GET", "/apple-touch-icon-precomposed.png"): Route(),
    ("GET", "/language/<code>"): Route({"code": "ar"}, {"next": "/mine"}),
    ("GET", "/manifest.webmanifest"): Route(),
    ("GET", "/offline"): Route(query={"missing": "1"}),
    ("GET", "/saved"): Route(),
    ("GET", "/session/token"): Route(),
    ("GET", "/scripts/<kind>.<language>.js"): Route({"kind": "list", "language": "ar"}, {"v": "1"}),
    ("GET", "/fonts/<name>.woff2"): Route({"name": "made-up"}, {"v": "1"}, status=404),
    ("GET", "/styles/<kind>.css"): Route({"kind": "desk"}, {"v": "1"}),
    ("GET", "/sw.js"): Route(),
    ("GET", "/static/<path:filename>"): Route({"filename": "logo.svg"}, {"v": "1"}),
}  # fmt: skip


# --- requests ------------------------------------------------------------------------------------


def encoded(value: object) -> str:
    """A value in a path: bytes as they are, lone surrogates as UTF-8 would write them."""
    return quote(value if isinstance(value, bytes) else _to_bytes(str(value)), safe="")


def query_string(values: Values) -> str:
    """Values as a query or form writes them, in `encoded` form."""
    return urlencode({name: _to_bytes(value) for name, value in values.items()}, quote_via=quote)


def path_of(rule: str, values: Values) -> str:
    """The path of a rule with values in the place of its variables."""
    for name, value in values.items():
        start, _, rest = rule.partition(f"{name}>")
        rule = f"{start[: start.rindex('<')]}{encoded(value)}{rest}"
    return rule


def form_body(values: Values) -> dict[str, Any]:
    """How to send a form: as browsers do, with files where there are any."""
    files = {
        name: (io.BytesIO(_to_bytes(value)), "a.opml")
        for name, value in values.items()
        if name == "file"
    }
    if files:
        return {"data": {name: str(v) for name, v in values.items() if name not in files} | files}
    return {
        "data": query_string(values).encode("ascii"),
        "content_type": "application/x-www-form-urlencoded",
    }


def _to_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
