"""Reading a config file: everything that is wrong with it, at once, each with its line."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from aggregator import config
from aggregator.errors import ConfigError, ConfigProblem
from aggregator.types import FeedSpec, LocalizedName, PackSpec

GOOD = """\
[polling]
min_interval = "10m"
allow_networks = ["127.0.0.0/8"]

[[source]]
slug = "hespress"
name = { ar = "هسبريس", en = "Hespress" }
site = "https://www.hespress.com"
feeds = [ { url = "https://www.hespress.com/feed", section = "general" } ]
"""


def problems(text: str, **environ: str) -> list[ConfigProblem]:
    with pytest.raises(ConfigError) as caught:
        config.parse(text, "config.toml", environ)
    return list(caught.value.problems)


def test_a_good_file() -> None:
    settings = config.parse(GOOD, "config.toml", {})
    assert settings.polling.min_interval == timedelta(minutes=10)
    assert config.networks(settings) == (ip_network("127.0.0.0/8"),)
    (source,) = config.source_specs(settings)
    assert source.name == LocalizedName("هسبريس", "Hespress", "Hespress")
    assert source.feeds == (FeedSpec("https://www.hespress.com/feed", "general"),)


def test_the_example_is_good(request: pytest.FixtureRequest) -> None:
    settings = config.load(request.config.rootpath / "config.example.toml", {})
    assert len(settings.source) > 10


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    bad = """\
[polling]
min_intervall = "5m"
max_interval = "4 hours"
concurrency = "64"

[pollling]

[[source]]
slug = "hespress"
langage = "ar"
feeds = [
  { url = "https://h.example/feed" },
  { section = "sport" },
]
"""
    assert [(p.line, p.where) for p in problems(bad)] == [
        (2, "polling.min_intervall"),
        (3, "polling.max_interval"),
        (4, "polling.concurrency"),
        (6, "pollling"),
        (8, 'source "hespress".name'),
        (10, 'source "hespress".langage'),
        (13, 'source "hespress".feeds[1].url'),
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('[polling]\nmin_intervall = "5m"', 'did you mean "min_interval"?'),
        ("[sources]", 'did you mean "source"?'),
        ("[web]\nxyzzy = 1", "known here: base_url, host, hub, metrics_token, port"),
        ('[web]\nport = "8000"', "write it without quotes"),
        ("[polling]\ntimeout = 20", 'write "20s" or "20m"'),
        ("[polling]\ntimeout = true", "write it between quotes"),
        ('[web]\nregistration = "maybe"', 'write "closed", "invite" or "open"'),
        ('[retention]\nkeep = "all"', 'write "90s", "5m", "4h", "180d" or "1h30m", or "forever"'),
        ('[database]\nurl = "marsad.db"', 'write "sqlite:///marsad.db"'),
        ('[[source]]\nslug = "a"\nname = "A"\nfeeds = []', "write one at least"),
        ('polling = "fast"', "write it as a [section]"),
        ('[web]\nhost = "[::1]:8000"', 'write e.g. "127.0.0.1", "::1"'),
    ],
)
def test_each_problem_tells_what_would_be_right(text: str, hint: str) -> None:
    (problem,) = problems(text)
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize(
    "text",
    [
        *(
            f'[database]\nurl = "{url}"'
            for url in (
                "postgres//u:PW@h/x",
                "postgresql://u:one@PW@h/x",
                "postgresql://u:one@h/PW@h/x",
                "postgresql://u:one@h/x?y=PW@h/x",
                "postgresql://u:PW",
                "postgresql://u:PW/x",
                "postgresql://u:PW@h:port/x",
                "postgresql:u:PW@h/x",
                "u:PW@h:5432/x",
                "mysql://u:PW@h/x",
            )
        ),
        '[database]\nurl = ["postgresql://u:PW@h/x"]',
        '[database]\nurl = { password = "PW" }',
        '[database]\nurl = "postgresql://u:PW@h/x',
        'database = "postgresql://u:PW@h/x"',
        *(
            f'[web]\nbase_url = "{url}"'
            for url in (
                "ftp://u:PW@h/x",
                "u:PW@h/x",
                "https://u:PW@h/x",
                "https://u:one/PW@h/x",
                "https://u:one PW@h/x",
                "https:/u:PW@h",
            )
        ),
        '[web]\nhost = "http://u:PW@h"',
        '[polling]\nallow_networks = "http://u:PW@h"',
        '[mail]\npassword = ["PW"]',
    ],
)
def test_passwords_are_not_repeated(text: str) -> None:
    (problem,) = problems(text)
    assert "PW" not in str(problem)


def test_passwords_of_feeds_that_stand_twice_are_not_repeated() -> None:
    url = "https://u:PW@h.example/feed"
    assert "PW" not in " ".join(map(str, problems(a_source("a", url) + a_source("b", url))))


def test_passwords_from_the_environment_are_not_repeated() -> None:
    (problem,) = problems("", MARSAD_DATABASE__URL="postgresql://u:one@PW@h/x")
    assert "PW" not in str(problem)
    assert problem.hint == "write %40 for an @ in the password"


def test_a_name_in_a_path_is_no_password() -> None:
    url = "https://social.example/@name.rss"
    assert url in str(problems(a_source("a", url) + a_source("b", url))[0])


def a_source(slug: str, url: str) -> str:
    return f'[[source]]\nslug = "{slug}"\nname = "X"\nfeeds = [ {{ url = "{url}" }} ]\n'


def test_a_slug_twice() -> None:
    text = a_source("a", "https://a.example/1") + a_source("a", "https://a.example/2")
    (problem,) = problems(text)
    assert problem.line == 6
    assert "line 2" in problem.message


def test_a_url_twice() -> None:
    text = a_source("a", "https://a.example/") + a_source("b", "https://a.example/")
    (problem,) = problems(text)
    assert (problem.line, problem.where) == (8, 'source "b"')
    assert "line 4" in problem.message


def test_doubles_are_told_together_with_everything_else() -> None:
    text = "[webb]\n" + a_source("a", "https://a.example/") + a_source("a", "https://a.example/")
    assert [problem.line for problem in problems(text)] == [1, 7, 9]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[web]\nport = "8000', 2),
        ("[web]\nport = 1\nport = 2", 3),
        ("[web\n", 1),
        ("[[source]]\nslug = ", 2),
    ],
)
def test_what_is_no_toml(text: str, line: int) -> None:
    (problem,) = problems(text)
    assert problem.line == line
    assert problem.message.startswith("not valid TOML")


@pytest.mark.parametrize(
    "text", ["source = 1", "source = [1]", "[source]", "[[source]]\nfeeds = 1", "web = []"]
)
def test_the_wrong_shape_is_a_problem_and_no_crash(text: str) -> None:
    assert problems(text)


# --- the environment ----------------------------------------------------------------------------


def test_overrides() -> None:
    environ = {
        "MARSAD_DATABASE__URL": "postgresql://localhost/marsad",
        "MARSAD_WEB__PORT": "9000",
        "MARSAD_WEB__PUBLIC_READING": "False",
        "MARSAD_POLLING__MIN_INTERVAL": "1s",
        "MARSAD_POLLING__MAX_FEED_SIZE": "1MiB",
        "MARSAD_POLLING__ALLOW_NETWORKS": "127.0.0.0/8, ::1/128",
        "MARSAD_RETENTION__KEEP": "forever",
        "MARSAD_LOG": "debug",
        "PATH": "/bin",
    }
    settings = config.parse(GOOD, "config.toml", environ)
    assert settings.database.url == "postgresql://localhost/marsad"
    assert (settings.web.port, settings.web.public_reading) == (9000, False)
    assert settings.polling.min_interval == timedelta(seconds=1)
    assert settings.polling.max_feed_size == 2**20
    assert len(config.networks(settings)) == 2


def test_a_list_may_be_written_as_in_the_file() -> None:
    environ = {"MARSAD_POLLING__ALLOW_NETWORKS": '["10.0.0.0/8"]'}
    assert config.networks(config.parse("", "c", environ)) == (ip_network("10.0.0.0/8"),)


def test_an_override_can_mend_the_file() -> None:
    settings = config.parse('[web]\nport = "x"', "config.toml", {"MARSAD_WEB__PORT": "80"})
    assert settings.web.port == 80


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("MARSAD_WEB__PORT", "many", "write it without quotes"),
        ("MARSAD_WEB__PROT", "1", 'did you mean "MARSAD_WEB__PORT"?'),
        ("MARSAD_POLLING__MIN_INTERVAL", "5", 'write "90s"'),
        ("MARSAD_SOURCE__SLUG", "x", ""),
    ],
)
def test_a_bad_override_is_told_by_its_own_name(name: str, value: str, hint: str) -> None:
    (problem,) = problems(GOOD, **{name: value})
    assert (problem.file, problem.line) == (name, None)
    assert problem.hint.startswith(hint)


def test_a_value_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://marsad:pass@localhost/marsad\n")
    environ = {"MARSAD_DATABASE__URL_FILE": str(secret)}
    settings = config.parse(GOOD, "config.toml", environ)
    assert settings.database.url == "postgresql://marsad:pass@localhost/marsad"


@pytest.mark.parametrize(
    ("content", "more", "message"),
    [
        (None, {}, "url cannot be read: No such file or directory"),
        (b"", {}, "url is empty"),
        (b"\xff", {}, "url cannot be read: it is not text"),
        (b"x", {"MARSAD_DATABASE__URL": "y"}, "MARSAD_DATABASE__URL is set, too"),
    ],
)
def test_a_file_without_a_value_is_told_by_its_variable(
    content: bytes | None, more: dict[str, str], message: str, tmp_path: Path
) -> None:
    secret = tmp_path / "url"
    if content is not None:
        secret.write_bytes(content)
    (problem, *_) = problems(GOOD, MARSAD_DATABASE__URL_FILE=str(secret), **more)
    assert problem.file == "MARSAD_DATABASE__URL_FILE"
    assert message in problem.message


def test_a_bad_value_in_a_file_is_told_by_its_variable(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("marsad:PW@localhost\n")
    (problem,) = problems(GOOD, MARSAD_DATABASE__URL_FILE=str(secret))
    assert problem.file == "MARSAD_DATABASE__URL_FILE"
    assert "PW" not in str(problem)


def test_a_file_for_no_setting_is_a_problem() -> None:
    (problem,) = problems(GOOD, MARSAD_WEB__PROT_FILE="/x")
    assert problem.message == "no such setting"


# --- files --------------------------------------------------------------------------------------


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file; marsad init"):
        config.load(tmp_path / "config.toml", {})


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        config.load(tmp_path, {})


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('[web]\nhost = "\xe9"'.encode("latin-1"))
    with pytest.raises(ConfigError, match="utf-8"):
        config.load(path, {})


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert config.load(path, {}).source


def test_packs_as_the_layers_below_use_them() -> None:
    pack = '[[pack]]\nslug = "a"\nname = "A"\nsources = ["hespress"]\nsection = "economy"\n'
    (spec,) = config.pack_specs(config.parse(GOOD + pack, "config.toml", {}))
    assert spec == PackSpec("a", LocalizedName("A", "A", "A"), ("hespress",), section="economy")


def test_what_is_wrong_with_packs_is_told_with_its_line() -> None:
    pack = '[[pack]]\nslug = "a"\nname = "A"\nsources = ["hespres"]\n'
    found = problems(GOOD + pack + pack + '[[pack]]\nslug = "b"\nname = "B"\n')
    assert [(each.line, each.message) for each in found] == [
        (13, 'there is no source "hespres"'),
        (15, 'the slug "a" is taken by the pack in line 11'),
        (17, 'there is no source "hespres"'),
        (18, "names nothing to follow"),
    ]
    assert found[0].hint == 'did you mean "hespress"?'
    assert found[0].where == 'pack "a".sources[0]'


def test_tables_are_checked_with_everything_else(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("OCP\na, b\n", "utf-8")
    path = tmp_path / "config.toml"
    path.write_text('[search]\ntables = ["names.txt", "other.txt"]\n[web]\nport = "x"\n', "utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    found = [(Path(each.file).name, each.line, each.where) for each in caught.value.problems]
    assert found == [
        ("config.toml", 4, "web.port"),
        ("names.txt", 1, ""),
        ("config.toml", 2, "search.tables"),
    ]


def test_tables_lie_beside_the_config(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("OCP, المجمع الشريف للفوسفاط\n", "utf-8")
    path = tmp_path / "config.toml"
    path.write_text('[search]\ntables = ["names.txt"]\n', "utf-8")
    assert config.search_tables(config.load(path, {})) == (tmp_path / "names.txt",)
    environ = {"MARSAD_SEARCH__TABLES": "other.txt"}
    with pytest.raises(ConfigError) as caught:
        config.load(path, environ)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("MARSAD_SEARCH__TABLES", None)


@pytest.mark.parametrize(
    ("name", "section"), [(r"a\u0000b", "sport"), ("Hespress", r"spo\u0000rt")]
)
def test_what_no_database_stores_is_a_problem(name: str, section: str) -> None:
    feed = f'feeds = [ {{ url = "https://h.example/feed", section = "{section}" }} ]'
    with pytest.raises(ConfigError, match=r"U\+0000"):
        config.parse(f'[[source]]\nslug = "h"\nname = "{name}"\n{feed}\n', "config.toml", {})
