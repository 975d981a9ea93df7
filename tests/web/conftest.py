"""An application over a small newsroom, and the people who come to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from aggregator.config import Settings, WebSettings
from aggregator.services.accounts import accounts
from aggregator.storage.engine import Database
from aggregator.storage.feeds.owners import sync_owners
from tests.builders import (
    FAST_PASSWORDS,
    NOW,
    an_entry,
    an_owner,
    make_entry,
    make_feed,
    make_source,
    store_entries,
)
from tests.web.browser import PASSWORD, Browser
from web import create_app


@pytest.fixture(scope="session")
def _newsroom_file(tmp_path_factory: pytest.TempPathFactory, _migrated_file: Path) -> Path:
    path = tmp_path_factory.mktemp("newsroom") / "newsroom.db"
    shutil.copyfile(_migrated_file, path)
    database = Database(f"sqlite:///{path}")
    populate_newsroom(database)
    database.close()
    return path


def populate_newsroom(database: Database) -> None:
    """Put what `newsroom` has into a migrated and empty database."""
    with database.write() as session:
        sync_owners(session, [an_owner("press-house")])
        hespress = make_source(session, "hespress", name="هسبريس", position=0, owner="press-house")
        medias = make_source(session, "medias24", name="Médias24", position=1, language="fr")
        tunis = make_source(session, "kapitalis", position=2, country="TN", language="fr")
        general = make_feed(session, hespress, "https://h.example/feed", status="healthy")
        economy = make_feed(session, medias, "https://m.example/feed")
        politics = make_feed(session, tunis, "https://k.example/feed")
        dams = make_entry(
            session, general, "امتلاء السدود", age=3, content="<p>نص المقال</p>", categories=["ماء"]
        )
        make_entry(
            session, economy, "Les barrages <remplis>", age=2, language="fr", direction="ltr",
            duplicate_of=dams,
        )  # fmt: skip
        make_entry(session, politics, "Tunis", age=1, language="fr", direction="ltr")
        for name, role in (("Amina", "reader"), ("Brahim", "editor"), ("Chaimae", "operator")):
            accounts.create(session, FAST_PASSWORDS, name, PASSWORD, role, NOW)  # type: ignore[arg-type]  # roles


@pytest.fixture
def newsroom(sqlite_database: Database, _newsroom_file: Path) -> Database:
    """Entries 1 to 3 (of Hespress, a copy at Medias24, of Kapitalis), Amina, Brahim, Chaimae."""
    shutil.copyfile(_newsroom_file, sqlite_database.path)  # nothing has been read of it yet
    return sqlite_database


@pytest.fixture
def archive(newsroom: Database) -> Database:
    """Four indexed entries of two sources on 1 and 2 November; three are about dams."""
    with newsroom.write() as session:
        hespress = make_feed(session, 1, "https://h.example/dams", section="society")
        medias = make_feed(session, 2, "https://m.example/dams", section="economy")
        for number, title in enumerate(("السدود تمتلئ", "=السدود; =1+1", "مباراة ودية")):
            entry = an_entry(
                title,
                f"https://h.example/dams/{number}",
                published_at=NOW - timedelta(days=number % 2),
                author="نجيب",
            )
            store_entries(session, hespress, entry)
        french = an_entry("Les السدود", "https://m.example/dams/9", published_at=NOW, language="fr")
        store_entries(session, medias, french)
    return newsroom


MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(newsroom: Database) -> MakeApp:
    """An application with the given `[web]` settings."""

    def make(**web: object) -> Flask:
        settings = Settings(web=WebSettings.model_validate(web))
        app = create_app(settings, newsroom, FAST_PASSWORDS)
        app.testing = True
        return app

    return make


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """The application as it comes."""
    return make_app()


@pytest.fixture
def driss(app: Flask) -> Browser:
    """Anonymous."""
    return Browser(app)


def _signed_in(app: Flask, name: str) -> Browser:
    browser = Browser(app)
    assert browser.sign_in(name).status_code == 303
    return browser


@pytest.fixture
def amina(app: Flask) -> Browser:
    """A reader."""
    return _signed_in(app, "Amina")


@pytest.fixture
def brahim(app: Flask) -> Browser:
    """An editor."""
    return _signed_in(app, "Brahim")


@pytest.fixture
def chaimae(app: Flask) -> Browser:
    """An operator."""
    return _signed_in(app, "Chaimae")
