"""A site whose database is about to fail, and what shows that it works."""

from __future__ import annotations

from sqlalchemy import text

from aggregator.config import Settings
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from tests.web.browser import Browser
from web import create_app

LONG = " OR ".join(f"كلمة{number}" for number in range(90))
BUSY_MS = 100  # instead of the seconds that writers wait
READ = (
    "/",
    "/?view=entries",
    "/entries/1",
    "/sources",
    "/mine",
    "/search?q=سدود",
    "/starred",
    "/tags",
)
ENTRIES_READ = text("SELECT count(*) FROM stars")
STOP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faults'"


def stars(database: Database) -> int:
    with database.read() as session:
        return session.execute(ENTRIES_READ).scalar_one()


def is_served(browser: Browser) -> None:
    """Everything works."""
    assert browser.get("/readyz").status_code == 200
    assert [browser.get(url).status_code for url in READ] == [200] * len(READ)
    before = stars(browser.database)  # type: ignore[attr-defined]  # set by `amina_at`
    for on in "10":
        assert browser.post("/entries/1/star", on=on).status_code == 303
    assert stars(browser.database) == before  # type: ignore[attr-defined]  # as above


def amina_at(database: Database) -> Browser:
    app = create_app(Settings(), database, FAST_PASSWORDS)
    amina = Browser(app)  # not `testing`: what is ours becomes a 500, as in production
    amina.database = database  # type: ignore[attr-defined]  # for `is_served`
    assert amina.sign_in("Amina").status_code == 303
    return amina
