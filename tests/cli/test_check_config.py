"""`marsad check-config`: every problem with its line, exit 2 if there is any."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main

GOOD = '[[source]]\nslug = "a"\nname = "A"\nfeeds = [ { url = "https://a.example/" } ]\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(text: str | None, *arguments: str, **environ: str) -> Result:
    if text is not None:
        Path("config.toml").write_text(text)
    return CliRunner().invoke(main, ["check-config", *arguments], env=environ)


def test_a_good_file() -> None:
    result = check(GOOD)
    assert (result.exit_code, result.stdout) == (0, "config.toml is valid: sources: 1, feeds: 1\n")


@pytest.mark.parametrize(
    ("url", "environ", "mode", "warns"),
    [
        ("postgresql://u:PW@h/x", {}, 0o644, True),
        ("postgresql://h/x?password=PW", {}, 0o640, True),
        ("postgresql://u:PW@h/x", {}, 0o600, False),
        ("postgresql://u@h/x", {}, 0o644, False),
        ("postgresql://h/x", {"MARSAD_DATABASE__URL": "postgresql://u:PW@h/x"}, 0o644, False),
        ("sqlite:///marsad.db", {}, 0o644, False),
    ],
)
def test_a_password_that_others_can_read(
    url: str, environ: dict[str, str], mode: int, warns: bool
) -> None:
    text = f'[database]\nurl = "{url}"\n{GOOD}'
    Path("config.toml").write_text(text)
    Path("config.toml").chmod(mode)
    result = check(None, **environ)
    assert result.exit_code == 0
    assert ("chmod 600 config.toml" in result.stderr) == warns
    assert "PW" not in result.stderr


@pytest.mark.parametrize(
    ("environ", "warns"), [({}, True), ({"MARSAD_MAIL__PASSWORD": "PW"}, False)]
)
def test_a_password_of_mail_that_others_can_read(environ: dict[str, str], warns: bool) -> None:
    Path("config.toml").write_text(f'[mail]\npassword = "PW"\n{GOOD}')
    Path("config.toml").chmod(0o644)
    result = check(None, **environ)
    assert result.exit_code == 0
    assert ("can read mail.password in config.toml" in result.stderr) == warns
    assert "PW" not in result.stderr


def test_a_password_from_a_file_is_not_looked_for_in_the_config(folder: Path) -> None:
    (folder / "url").write_text("postgresql://marsad:PW@h/x")
    Path("config.toml").write_text(GOOD)
    Path("config.toml").chmod(0o644)
    result = check(None, MARSAD_DATABASE__URL_FILE=str(folder / "url"))
    assert result.exit_code == 0
    assert "chmod" not in result.stderr


def test_a_database_that_others_can_read(folder: Path) -> None:
    for name, mode in (("marsad.db", 0o600), ("marsad.db-wal", 0o640)):
        (folder / name).touch()
        (folder / name).chmod(mode)
    result = check(GOOD)
    assert f"chmod 600 {folder / 'marsad.db-wal'}" in result.stderr
    assert result.stderr.count("chmod") == 1


def test_a_good_file_in_json() -> None:
    assert json.loads(check(GOOD, "--json").stdout) == {"ok": True, "sources": 1, "feeds": 1}


def test_every_problem_is_told() -> None:
    result = check("[web]\nprot = 1\nport = 0\n" + GOOD)
    assert result.exit_code == 2
    first, second, last = result.stderr.splitlines()
    assert first == 'config.toml:2: web.prot: unknown key; did you mean "port"?'
    assert second.startswith("config.toml:3: web.port: ")
    assert last == "marsad: 2 problems; nothing was started"


def test_every_problem_in_json() -> None:
    result = check("[web]\nprot = 1\n", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "ok": False,
        "problems": [
            {
                "file": "config.toml",
                "line": 2,
                "where": "web.prot",
                "message": "unknown key",
                "hint": 'did you mean "port"?',
            }
        ],
    }


def test_long_lines_and_brackets_stay_as_they_are() -> None:
    name = "[bold]" + "x" * 200
    result = check(f'[web]\nregistration = "{name[:50]}"\nhost = {{ a = "{name}" }}\n')
    assert "[bold]xxxx" in result.stderr
    assert all(line.startswith(("config.toml:", "marsad:")) for line in result.stderr.splitlines())


def test_no_file() -> None:
    result = check(None)
    assert result.exit_code == 2
    assert "config.toml: there is no such file; marsad init writes one" in result.stderr


def test_the_file_may_be_named_by_option_or_environment(folder: Path) -> None:
    other = folder / "other.toml"
    other.write_text(GOOD)
    assert check(None, MARSAD_CONFIG=str(other)).exit_code == 0
    named = CliRunner().invoke(main, ["--config", str(other), "check-config"])
    assert named.exit_code == 0


def test_a_bad_override_is_told() -> None:
    result = check(GOOD, MARSAD_WEB__PROT="1")
    assert result.exit_code == 2
    assert 'MARSAD_WEB__PROT: no such setting; did you mean "MARSAD_WEB__PORT"?' in result.stderr


def test_nothing_is_started(folder: Path) -> None:
    check(GOOD)
    assert [path.name for path in folder.iterdir()] == ["config.toml"]


def test_a_table_with_a_line_that_cannot_be_used(folder: Path) -> None:
    (folder / "names.txt").write_text("CAF, الكاف\nOCP\n", "utf-8")
    result = check(f'[search]\ntables = ["names.txt"]\n{GOOD}')
    assert result.exit_code == 2
    assert "names.txt:2: a line needs two names or more, separated by commas" in result.stderr
