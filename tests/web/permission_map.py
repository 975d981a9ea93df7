"""The permission that each route needs: a route without a line here fails `test_roles.py`."""

from __future__ import annotations

from typing import NamedTuple

from tests.web.routes import APP_READS, APP_WRITES


class Route(NamedTuple):
    """The permission that a route needs, and its answer to those who have it."""

    permission: str  # "" for a route that is open to everybody
    url: str = ""  # an address of the route; the rule itself if it has no variable
    status: int = 200
    anonymous: int = 0  # the status of an open route for Driss, if different


ROUTES = {
    # --- open: signing in, assets, probes ---
    "GET /login": Route("", status=303, anonymous=200),
    "POST /login": Route("", status=401),
    "GET /login/oidc": Route("", status=404),
    "GET /login/oidc/callback": Route("", status=404),
    "GET /login/code": Route("", status=303),
    "POST /login/code": Route("", status=303),
    "POST /login/passkey": Route("", status=401),
    "POST /login/passkey/options": Route(""),
    "GET /register": Route("", status=303, anonymous=200),
    "POST /register": Route("", status=400),
    "GET /forgot": Route(""),
    "POST /forgot": Route(""),
    "GET /password/<token>": Route("", "/password/made-up", 404),
    "POST /password/<token>": Route("", "/password/made-up", 404),
    "GET /invite/<token>": Route("", "/invite/made-up", 404),
    "POST /invite/<token>": Route("", "/invite/made-up", 404),
    "GET /setup/<token>": Route("", "/setup/made-up", 404),
    "POST /setup/<token>": Route("", "/setup/made-up", 404),
    "GET /language/<code>": Route("", "/language/fr", 303),
    "POST /preferences": Route("", status=303),
    "GET /session/token": Route("", anonymous=401),
    "GET /offline": Route(""),
    "GET /manifest.webmanifest": Route(""),
    "GET /sw.js": Route(""),
    "GET /scripts/<kind>.<language>.js": Route("", "/scripts/list.ar.js"),
    "GET /fonts/<name>.woff2": Route("", "/fonts/nothing.woff2", 404),
    "GET /styles/<kind>.css": Route("", "/styles/reading.css"),
    "GET /static/<path:filename>": Route("", "/static/logo.svg"),
    "GET /healthz": Route(""),
    "GET /readyz": Route(""),
    "GET /websub/<token>": Route("", "/websub/made-up", 404),
    "POST /websub/<token>": Route("", "/websub/made-up", 404),
    "GET /feeds/<token>.atom": Route("", "/feeds/made-up.atom", 404),
    "GET /feeds/<token>.rss": Route("", "/feeds/made-up.rss", 404),
    "GET /feeds/<token>.json": Route("", "/feeds/made-up.json", 404),
    "GET /about": Route(""),
    "GET /api": Route(""),
    "GET /api/v1/openapi.json": Route(""),
    "GET /robots.txt": Route(""),
    "GET /favicon.ico": Route(""),
    "GET /apple-touch-icon.png": Route(""),
    "GET /apple-touch-icon-precomposed.png": Route(""),
    # --- reading ---
    "GET /": Route("entry.read"),
    "GET /entries/<int:entry_id>": Route("entry.read", "/entries/1"),
    "GET /saved": Route("entry.read"),
    "GET /sections/<slug>": Route("entry.read", "/sections/sport"),
    "GET /stories/<int:story_id>": Route("entry.read", "/stories/1"),
    "GET /stories/<int:story_id>/changes/<int:entry_id>": Route(
        "entry.read", "/stories/1/changes/1", 404
    ),
    "GET /entries/<int:entry_id>/history": Route("entry.read", "/entries/1/history"),
    "GET /changes": Route("entry.read"),
    "GET /changes.atom": Route("entry.read"),
    "GET /changes.rss": Route("entry.read"),
    "GET /changes.json": Route("entry.read"),
    "GET /changes.csv": Route("entry.read"),
    "GET /search": Route("entry.read", "/search?q=a"),
    "GET /research": Route("entry.read", "/research?q=a"),
    "GET /research/entries": Route("entry.read", "/research/entries?q=a"),
    **{
        f"GET /research/{table}.{kind}": Route(
            "entry.read", f"/research/{table}.{kind}?q=a&by=source"
        )
        for table in ("series", "groups", "entries")
        for kind in ("csv", "jsonl", "parquet")
    },
    "GET /agencies": Route("entry.read"),
    "GET /agencies/<slug>": Route("entry.read", "/agencies/map"),
    "GET /agencies/<slug>/dispatches": Route("entry.read", "/agencies/map/dispatches"),
    "GET /agencies/<slug>.csv": Route("entry.read", "/agencies/map.csv"),
    "GET /dispatches/<int:entry_id>": Route("entry.read", "/dispatches/1", 404),
    "GET /dispatches/<int:entry_id>.csv": Route("entry.read", "/dispatches/1.csv", 404),
    "GET /insights": Route("entry.read"),
    "GET /insights.csv": Route("entry.read"),
    "GET /insights/sources.csv": Route("entry.read"),
    "GET /insights/stories": Route("entry.read"),
    "GET /insights/stories.csv": Route("entry.read"),
    "GET /sources": Route("source.read"),
    "GET /sources/<slug>": Route("source.read", "/sources/hespress"),
    "GET /owners": Route("source.read"),
    "GET /owners/<slug>": Route("source.read", "/owners/press-house"),
    "GET /topics": Route("topic.read"),
    "GET /topics/<slug>": Route("topic.read", "/topics/water"),
    "GET /topics/<slug>.atom": Route("topic.read", "/topics/water.atom"),
    "GET /topics/<slug>.rss": Route("topic.read", "/topics/water.rss"),
    "GET /topics/<slug>.json": Route("topic.read", "/topics/water.json"),
    "GET /topics/<slug>.opml": Route("topic.read", "/topics/water.opml"),
    "GET /topics/<slug>.csv": Route("topic.read", "/topics/water.csv"),
    "GET /front.atom": Route("entry.read"),
    "GET /sources/<slug>.atom": Route("source.read", "/sources/hespress.atom"),
    "GET /stories/<int:story_id>.atom": Route("entry.read", "/stories/1.atom"),
    "GET /search.atom": Route("entry.read", "/search.atom?q=a"),
    "GET /front.rss": Route("entry.read"),
    "GET /sources/<slug>.rss": Route("source.read", "/sources/hespress.rss"),
    "GET /stories/<int:story_id>.rss": Route("entry.read", "/stories/1.rss"),
    "GET /search.rss": Route("entry.read", "/search.rss?q=a"),
    "GET /front.json": Route("entry.read"),
    "GET /sources/<slug>.json": Route("source.read", "/sources/hespress.json"),
    "GET /stories/<int:story_id>.json": Route("entry.read", "/stories/1.json"),
    "GET /search.json": Route("entry.read", "/search.json?q=a"),
    "GET /sections/<slug>.atom": Route("entry.read", "/sections/politics.atom"),
    "GET /sections/<slug>.rss": Route("entry.read", "/sections/politics.rss"),
    "GET /sections/<slug>.json": Route("entry.read", "/sections/politics.json"),
    "GET /pictures/sections/<slug>.png": Route("entry.read", "/pictures/sections/politics.png"),
    "GET /sitemap.xml": Route("entry.read"),
    "GET /search.csv": Route("entry.read", "/search.csv?q=a"),
    "GET /pictures/site.png": Route("entry.read"),
    "GET /pictures/entries/<int:entry_id>.png": Route("entry.read", "/pictures/entries/1.png"),
    "GET /pictures/stories/<int:story_id>.png": Route("entry.read", "/pictures/stories/1.png"),
    "GET /pictures/sources/<slug>.png": Route("source.read", "/pictures/sources/hespress.png"),
    "GET /pictures/topics/<slug>.png": Route("topic.read", "/pictures/topics/water.png"),
    # --- the API ---
    "GET /api/v1/entries": Route("entry.read"),
    "GET /api/v1/changes": Route("entry.read"),
    "GET /api/v1/insights": Route("entry.read"),
    "GET /api/v1/insights/stories": Route("entry.read"),
    "GET /api/v1/entries/<int:entry_id>/revisions": Route(
        "entry.read", "/api/v1/entries/1/revisions"
    ),
    "GET /api/v1/entries/<int:entry_id>": Route("entry.read", "/api/v1/entries/1"),
    "GET /api/v1/search": Route("entry.read", "/api/v1/search?q=a"),
    "GET /api/v1/stories": Route("entry.read"),
    "GET /api/v1/stories/<int:story_id>": Route("entry.read", "/api/v1/stories/1"),
    "GET /api/v1/feeds": Route("source.read"),
    "GET /api/v1/research": Route("entry.read", "/api/v1/research?q=a"),
    "GET /api/v1/research/entries": Route("entry.read"),
    "GET /api/v1/agencies": Route("entry.read"),
    "GET /api/v1/agencies/<slug>": Route("entry.read", "/api/v1/agencies/map"),
    "GET /api/v1/dispatches/<int:entry_id>": Route("entry.read", "/api/v1/dispatches/1", 404),
    "GET /api/v1/owners": Route("source.read"),
    "GET /api/v1/owners/<slug>": Route("source.read", "/api/v1/owners/press-house"),
    "GET /api/v1/topics": Route("topic.read"),
    "GET /api/v1/topics/<slug>": Route("topic.read", "/api/v1/topics/water"),
    "GET /api/v1/topics/<slug>/entries": Route("topic.read", "/api/v1/topics/water/entries"),
    "GET /api/v1/follow": Route("source.follow"),
    "POST /api/v1/follow": Route("source.follow", status=400),
    "POST /api/v1/entries/read": Route("entry.mark", status=400),
    "POST /api/v1/entries/mark-all-read": Route("entry.mark", status=400),
    "POST /api/v1/entries/star": Route("entry.star", status=400),
    "POST /api/v1/entries/tag": Route("entry.tag", status=400),
    # --- apps, which a session does not let in (tests/web/greader/test_access.py) ---
    "GET /accounts/ClientLogin": Route("", status=401),
    "POST /accounts/ClientLogin": Route("", status=401),
    **{
        f"{method} /reader/api/0/{path}": Route("", f"/reader/api/0/{path}", 401)
        for path in APP_READS
        for method in ("GET", "POST")
    },
    **{f"POST /reader/api/0/{path}": Route("", status=401) for path in APP_WRITES},
    "GET /reader/atom/<path:stream>": Route("", "/reader/atom/feed/10", 401),
    # --- a reader's own ---
    "GET /mine": Route("source.follow"),
    "GET /following": Route("source.follow"),
    "GET /following.opml": Route("source.follow"),
    "POST /following/import": Route("source.follow", status=400),
    "POST /following/packs/<slug>": Route("source.follow", "/following/packs/made-up", 404),
    "POST /following/folders": Route("source.follow", status=400),
    "POST /following/folders/undo": Route("source.follow", status=303),
    "POST /following/folders/rename": Route("source.follow", status=400),
    "POST /following/folders/move": Route("source.follow", status=400),
    "POST /following/folders/delete": Route("source.follow", status=400),
    "POST /following/folders/restore": Route("source.follow", status=400),
    "POST /following/words": Route("source.mute", status=400),
    "POST /following/words/remove": Route("source.mute", status=303),
    "GET /following/ask": Route("source.ask"),
    "POST /following/ask": Route("source.ask", status=400),
    "GET /following/ask/<int:lookup_id>": Route("source.ask", "/following/ask/1", 404),
    "POST /following/ask/<int:lookup_id>/choose": Route(
        "source.ask", "/following/ask/1/choose", 404
    ),
    "POST /following/requests/<int:request_id>/withdraw": Route(
        "source.ask", "/following/requests/1/withdraw", 404
    ),
    "POST /sources/<slug>/follow": Route("source.follow", "/sources/hespress/follow", 303),
    "POST /sources/<slug>/mute": Route("source.mute", "/sources/hespress/mute", 303),
    "POST /stories/<int:story_id>/follow": Route("story.follow", "/stories/1/follow", 303),
    "POST /stories/<int:story_id>/read": Route("entry.mark", "/stories/1/read", 303),
    "POST /topics/<slug>/follow": Route("topic.follow", "/topics/water/follow", 303),
    "POST /entries/read": Route("entry.mark", status=400),
    "POST /entries/read-all": Route("entry.mark", status=400),
    "POST /entries/undo": Route("entry.mark", status=404),
    "POST /entries/<int:entry_id>/star": Route("entry.star", "/entries/1/star", 303),
    "POST /entries/<int:entry_id>/tags": Route("entry.tag", "/entries/1/tags", 400),
    "POST /entries/<int:entry_id>/tags/remove": Route("entry.tag", "/entries/1/tags/remove", 400),
    "GET /starred": Route("entry.star"),
    "GET /tags": Route("tag.list"),
    "GET /tags/<tag:name>": Route("tag.list", "/tags/none", 404),
    "POST /tags/rename": Route("entry.tag", status=400),
    "POST /tags/delete": Route("entry.tag", status=400),
    "POST /search/saved": Route("search.save", status=400),
    "POST /search/saved/<int:search_id>/rename": Route(
        "search.save", "/search/saved/1/rename", 400
    ),
    "POST /search/saved/<int:search_id>/delete": Route(
        "search.save", "/search/saved/1/delete", 404
    ),
    "GET /account": Route("account.manage"),
    "GET /account/export.json": Route("account.manage"),
    "POST /account/email": Route("account.manage", status=401),
    "POST /account/password": Route("account.manage", status=401),
    "POST /account/close": Route("account.manage", status=401),
    "POST /account/identities/link": Route("account.manage", status=404),
    "POST /account/identities/unlink": Route("account.manage", status=303),
    "GET /account/second-factor": Route("account.manage"),
    "POST /account/second-factor/confirm": Route("account.manage", status=401),
    # 303: the password has to be asked again first
    **{
        f"POST /account/second-factor/{path}": Route("account.manage", status=303)
        for path in (
            "app",
            "app/confirm",
            "app/remove",
            "codes",
            "passkeys",
            "passkeys/options",
            "passkeys/rename",
            "passkeys/revoke",
        )
    },
    "POST /account/sessions/revoke": Route("account.manage", status=303),
    "POST /account/sessions/revoke-others": Route("account.manage", status=303),
    "POST /account/apps": Route("account.manage", status=400),
    "POST /account/apps/revoke": Route("account.manage", status=303),
    "POST /account/tokens": Route("account.manage", status=400),
    "POST /account/feeds": Route("account.manage", status=400),
    "POST /account/feeds/revoke": Route("account.manage", status=303),
    "POST /account/tokens/revoke": Route("account.manage", status=303),
    # --- editors ---
    "GET /desk": Route("topic.edit"),
    "POST /desk/preview": Route("topic.edit"),
    "GET /desk/topics/new": Route("topic.edit"),
    "POST /desk/topics/new": Route("topic.edit", status=400),
    "GET /desk/topics/<slug>": Route("topic.edit", "/desk/topics/water"),
    "POST /desk/topics/<slug>": Route("topic.edit", "/desk/topics/water", 400),
    "GET /desk/topics/<slug>/delete": Route("topic.edit", "/desk/topics/water/delete"),
    "POST /desk/topics/<slug>/delete": Route("topic.edit", "/desk/topics/water/delete", 409),
    "GET /desk/topics/<slug>/history": Route("topic.edit", "/desk/topics/water/history"),
    "POST /desk/topics/<slug>/revert": Route("topic.edit", "/desk/topics/water/revert", 404),
    "POST /desk/topics/<slug>/notes": Route("topic.edit", "/desk/topics/water/notes", 400),
    "POST /desk/topics/<slug>/notes/<int:note_id>/delete": Route(
        "topic.edit", "/desk/topics/water/notes/1/delete", 303
    ),
    "GET /desk/topics/<slug>/entries": Route("topic.edit", "/desk/topics/water/entries"),
    "POST /desk/topics/<slug>/entries/<int:entry_id>/<action>": Route(
        "topic.edit", "/desk/topics/water/entries/1/dance", 400
    ),
    "POST /stories/<int:story_id>/pin": Route("front.edit", "/stories/1/pin", 303),
    "POST /stories/<int:story_id>/split": Route("story.edit", "/stories/1/split", 400),
    "POST /stories/<int:story_id>/merge": Route("story.edit", "/stories/1/merge", 400),
    # --- operators ---
    "GET /metrics": Route("metrics.read"),
    "GET /operate": Route("feed.operate"),
    "GET /operate/feeds/<int:feed_id>": Route("feed.operate", "/operate/feeds/1"),
    "POST /operate/feeds/<int:feed_id>/poll": Route("feed.operate", "/operate/feeds/1/poll", 303),
    "POST /operate/feeds/<int:feed_id>/resume": Route(
        "feed.operate", "/operate/feeds/1/resume", 303
    ),
    "POST /operate/feeds/<int:feed_id>/adopt": Route("feed.operate", "/operate/feeds/1/adopt", 409),
    "GET /operate/people": Route("user.manage"),
    "GET /operate/audit": Route("audit.read"),
    "GET /operate/audit.csv": Route("audit.read"),
    "GET /operate/requests": Route("source.answer"),
    "GET /operate/requests/<int:request_id>": Route("source.answer", "/operate/requests/1", 404),
    "POST /operate/requests/<int:request_id>/accept": Route(
        "source.answer", "/operate/requests/1/accept", 404
    ),
    "POST /operate/requests/<int:request_id>/decline": Route(
        "source.answer", "/operate/requests/1/decline", 404
    ),
    "POST /operate/people/<int:user_id>/role": Route("user.manage", "/operate/people/1/role", 400),
    "POST /operate/people/<int:user_id>/close": Route(
        "user.manage", "/operate/people/99/close", 404
    ),
    "POST /operate/people/<int:user_id>/password-link": Route(
        "user.manage", "/operate/people/99/password-link", 404
    ),
    "POST /operate/people/invites": Route("user.manage", status=400),
    "POST /operate/people/invites/revoke": Route("user.manage", status=303),
    # --- last, because it ends the session ---
    "POST /logout": Route("", status=303),
}
