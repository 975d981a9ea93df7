"""[oidc] and [trusted_header]: what they take, and what is wrong with them, by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator import config
from aggregator.errors import ConfigError

OIDC = '[oidc]\nissuer = "https://sso.example.org"\nclient_id = "marsad"\n'
PROXY = '[trusted_header]\nproxies = ["10.0.0.1", "unix"]\n'


def problem(text: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.parse(text, "config.toml", environ)
    (found,) = caught.value.problems
    return str(found)


def test_both_are_off_by_default() -> None:
    settings = config.parse("", "config.toml", {})
    assert (settings.oidc.issuer, settings.trusted_header.proxies) == ("", ())


def test_what_a_provider_needs() -> None:
    oidc = config.parse(OIDC, "config.toml", {"MARSAD_OIDC__CLIENT_SECRET": "s"}).oidc
    assert (oidc.client_secret, oidc.create_accounts, oidc.sign_out) == ("s", False, True)
    assert oidc.scopes == ("openid", "profile")
    header = config.parse(PROXY, "config.toml", {}).trusted_header
    assert (header.proxies, header.user) == (("10.0.0.1", "unix"), "Remote-User")


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('[oidc]\nissuer = "http://sso.example.org"', 2, "is not secure"),
        ('[oidc]\nissuer = "sso"', 2, "not a web address"),
        ('[oidc]\nissuer = "https://h.example/?x=1"', 2, "is not an issuer"),
        ('[oidc]\nissuer = "https://h.example"', 1, "has no client_id"),
        (OIDC + 'client_secret = "a"\nclient_secret_file = "b"', 1, "has two secrets"),
        (OIDC + 'scopes = ["profile"]', 1, '"openid"'),
        (OIDC + 'editors = ["desk"]', 1, "say where they are in roles_claim"),
        (OIDC + 'roles_claim = "groups"', 1, "no group with a role"),
        (OIDC + "client_secrets = 1", 4, 'did you mean "client_secret"?'),
        ('[trusted_header]\nproxies = ["0.0.0.0/0"]', 2, "would let anyone in"),
        ('[trusted_header]\nproxies = ["::/0"]', 2, "would let anyone in"),
        ('[trusted_header]\nproxies = ["proxy.local"]', 2, "not a network"),
        (PROXY + 'user = "Remote_User"', 3, "not the name of a header"),
        (PROXY + 'user = ""', 1, "names no header"),
        (PROXY + 'operators = ["it"]', 1, "say where they are in groups"),
        (PROXY + 'groups = "Remote-Groups"', 1, "no group with a role"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, told: str) -> None:
    found = problem(text)
    assert found.startswith(f"config.toml:{line}: ")
    assert told in found


def test_http_is_enough_on_this_machine() -> None:
    for host in ("127.0.0.1:5556", "[::1]:5556", "localhost"):
        text = OIDC.replace("https://sso.example.org", f"http://{host}")
        assert config.parse(text, "config.toml", {}).oidc.issuer == f"http://{host}"


def test_a_wrong_secret_is_not_shown() -> None:
    assert "12345" not in problem(OIDC + "client_secret = 12345")


def test_the_secret_may_be_in_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(OIDC + 'client_secret_file = "secret"\n')
    (tmp_path / "secret").write_text(" the secret\n")
    assert config.load(path, {}).oidc.client_secret == "the secret"


@pytest.mark.parametrize(
    ("content", "told"), [(None, "cannot be read"), (b"\n", "is empty"), (b"\xff", "not text")]
)
def test_a_file_without_a_secret_is_a_problem(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(OIDC + 'client_secret_file = "secret"\n')
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    (found,) = caught.value.problems
    assert (found.line, found.where) == (4, "oidc.client_secret_file")
    assert told in found.message
