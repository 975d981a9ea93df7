"""What each section of the config file must look like, and what it becomes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from aggregator.config.schema import SettingsModel


def settings(**sections: Any) -> SettingsModel:
    return SettingsModel.model_validate(sections, strict=True)


def source(**values: Any) -> dict[str, Any]:
    feeds = [{"url": "https://h.example/feed"}]
    return {"slug": "hespress", "name": "Hespress", "feeds": feeds} | values


def test_an_empty_file_has_every_default() -> None:
    made = settings()
    assert made.database.url == "sqlite:///marsad.db"
    assert (made.web.host, made.web.port, made.web.public_reading) == ("127.0.0.1", 8000, True)
    assert made.polling.min_interval == timedelta(minutes=5)
    assert made.polling.max_interval == timedelta(hours=4)
    assert made.polling.max_feed_size == 10 * 2**20
    assert made.retention.keep is None
    assert made.source == ()


def test_a_source_needs_little() -> None:
    (made,) = settings(source=[source()]).source
    assert (made.country, made.language, made.timezone) == ("MA", "ar", "Africa/Casablanca")
    assert made.feeds[0].section == "general"
    assert [made.name.get(language) for language in ("ar", "fr", "en")] == ["Hespress"] * 3


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ({"ar": "هسبريس"}, ["هسبريس", "هسبريس", "هسبريس"]),
        ({"fr": "F", "en": "E"}, ["F", "F", "E"]),
        ({"ar": "ع", "en": "E"}, ["ع", "E", "E"]),
    ],
)
def test_missing_names_come_from_the_nearest_language(
    name: dict[str, str], expected: list[str]
) -> None:
    (made,) = settings(source=[source(name=name)]).source
    assert [made.name.get(language) for language in ("ar", "fr", "en")] == expected


@pytest.mark.parametrize("keep", [("forever", None), ("180d", timedelta(days=180))])
def test_retention(keep: tuple[str, timedelta | None]) -> None:
    assert settings(retention={"keep": keep[0]}).retention.keep == keep[1]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///marsad.db",
        "sqlite:////var/lib/marsad/marsad.db",
        "postgresql://marsad:secret@localhost/marsad",
        "postgres://localhost/marsad",
        "postgresql+psycopg://localhost/marsad",
    ],
)
def test_databases(url: str) -> None:
    assert settings(database={"url": url}).database.url == url


@pytest.mark.parametrize(
    "url",
    ["marsad.db", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "postgresql+pg8000://x/y"],
)
def test_no_databases(url: str) -> None:
    with pytest.raises(ValidationError):
        settings(database={"url": url})


def test_a_replica() -> None:
    urls = {"url": "postgresql://a/marsad", "read_url": "postgresql://b/marsad"}
    assert settings(database=urls).database.read_url == "postgresql://b/marsad"


@pytest.mark.parametrize(
    ("url", "read_url", "reason"),
    [
        ("sqlite:///marsad.db", "postgresql://b/marsad", "url is SQLite"),
        ("postgresql://a/marsad", "sqlite:///copy.db", "no standby servers"),
        ("postgresql://a/marsad", "replica.example", "not a database URL"),
    ],
)
def test_no_replica(url: str, read_url: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        settings(database={"url": url, "read_url": read_url})


@pytest.mark.parametrize(
    "values",
    [
        {"slug": "Hes press"},
        {"slug": "a--b"},
        {"slug": "a" * 81},
        {"name": ""},
        {"name": {}},
        {"name": {"ar": ""}},
        {"country": "ma"},
        {"language": "arabic"},
        {"ownership": "friends"},
        {"timezone": "Casablanca"},
        {"timezone": "../etc/passwd"},
        {"timezone": ""},
        {"site": "hespress.com"},
        {"feeds": []},
        {"feeds": "https://h.example/feed"},
        {"feeds": [{"url": "javascript:alert(1)"}]},
        {"feeds": [{"url": "https://"}]},
        {"feeds": [{"url": "https://h.example:99999/"}]},
        {"feeds": [{"url": "https://user:secret@h.example/"}]},
        {"feeds": [{"url": "https://h.example/a b"}]},
        {"feeds": [{"url": "https://h.example/", "section": ""}]},
        {"unknown": 1},
    ],
)
def test_what_a_source_may_not_say(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(source=[source(**values)])


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("web", {"port": 0}),
        ("web", {"port": True}),
        ("web", {"public_reading": 1}),
        ("database", {"keep_backups": 0}),
        ("web", {"registration": "maybe"}),
        ("web", {"base_url": "marsad.example"}),
        ("web", {"base_url": "https://marsad.example/news/../other"}),
        ("web", {"base_url": "https://marsad.example/a b"}),
        ("web", {"base_url": "https://marsad.example/%2e%2e"}),
        ("web", {"base_url": "https://marsad.example//evil.example"}),
        ("web", {"base_url": "https://marsad.example/?lang=ar"}),
        ("web", {"base_url": "https://marsad.example#top"}),
        ("web", {"host": "[::1]:8000"}),
        ("web", {"host": "[127.0.0.1]"}),
        ("web", {"host": "127.0.0.1:8000"}),
        ("web", {"host": "http://localhost"}),
        ("web", {"trusted_proxies": -1}),
        ("web", {"trusted_proxies": 1}),
        ("web", {"trusted_proxies": True}),
        ("web", {"trusted_proxies": "127.0.0.1"}),
        ("web", {"trusted_proxies": ["127.0.0.1/8"]}),
        ("web", {"trusted_proxies": ["localhost"]}),
        ("web", {"workers": 65}),
        ("web", {"socket": "run/web.sock"}),
        ("web", {"socket": "/" + "x" * 103}),
        ("polling", {"concurrency": 0}),
        ("polling", {"min_interval": 5}),
        ("polling", {"min_interval": "5h", "max_interval": "4h"}),
        ("polling", {"allow_networks": ["127.0.0.1/8"]}),
        ("polling", {"allow_networks": "127.0.0.0/8"}),
        ("polling", {"max_feed_size": 10}),
        ("retention", {"keep": "always"}),
        ("log", {"format": "xml"}),
        ("retention", {"keep": 180}),
    ],
)
def test_what_a_section_may_not_say(section: str, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**{section: values})


def test_the_base_url_has_no_slash_at_its_end() -> None:
    made = settings(web={"base_url": "https://marsad.example:8443/"})
    assert made.web.base_url == "https://marsad.example:8443"


@pytest.mark.parametrize(
    ("base_url", "path"),
    [
        ("https://marsad.example", ""),
        ("https://marsad.example/", ""),
        ("https://marsad.example/news/", "/news"),
        ("https://[2001:db8::1]:8443/press/news_1.0", "/press/news_1.0"),
    ],
)
def test_the_path_below_which_the_site_is_served(base_url: str, path: str) -> None:
    assert settings(web={"base_url": base_url}).web.base_path == path


def test_proxies_are_named_and_no_longer_counted() -> None:
    named = ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32", "unix"]
    assert settings(web={"trusted_proxies": named}).web.trusted_proxies == tuple(named)
    assert settings(web={"trusted_proxies": 0}).web.trusted_proxies == ()
    with pytest.raises(ValidationError, match="no longer counts them; write their addresses"):
        settings(web={"trusted_proxies": 2})


@pytest.mark.parametrize(
    ("host", "listened_on", "local_url"),
    [
        ("[::1]", "::1", "http://[::1]:8000"),
        ("::1", "::1", "http://[::1]:8000"),
        ("[::]", "::", "http://127.0.0.1:8000"),
        ("fe80::1%eth0", "fe80::1%eth0", "http://[fe80::1%eth0]:8000"),
        (" 127.0.0.1 ", "127.0.0.1", "http://127.0.0.1:8000"),
        ("localhost", "localhost", "http://localhost:8000"),
        ("", "", "http://127.0.0.1:8000"),
    ],
)
def test_hosts(host: str, listened_on: str, local_url: str) -> None:
    made = settings(web={"host": host}).web
    assert (made.host, made.local_url) == (listened_on, local_url)


@pytest.mark.parametrize(
    ("web", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"port": 9000}, "http://127.0.0.1:9000"),
        # As in a copied config.example.toml.
        ({"port": 9000, "base_url": "http://127.0.0.1:8000"}, "http://127.0.0.1:9000"),
        ({"port": 9000, "base_url": "https://news.example"}, "https://news.example"),
        ({"socket": "/run/marsad/web.sock"}, "http://127.0.0.1:8000"),
    ],
)
def test_the_address_in_printed_links(web: dict[str, object], address: str) -> None:
    assert settings(web=web).web.address == address


def test_roles_that_need_a_second_factor() -> None:
    assert settings().sign_in.require_second_factor == ()
    made = settings(sign_in={"require_second_factor": ["editor", "operator"]})
    assert made.sign_in.require_second_factor == ("editor", "operator")
    for wrong in ({"require_second_factor": ["admin"]}, {"secret_key": "short"}):
        with pytest.raises(ValidationError):
            settings(sign_in=wrong)
