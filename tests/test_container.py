"""The image and compose.yaml: what they name exists, and nothing has more rights than it needs."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from aggregator import config
from aggregator.cli import main
from tests.web.serving.running import Running, configured, free_port

ROOT = Path(__file__).parents[1]
CONTAINERFILE = (ROOT / "Containerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def instructions() -> list[tuple[str, str]]:
    """Word and rest of each instruction, lines joined."""
    lines = [line for line in CONTAINERFILE.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    words = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(word, rest.strip()) for word, _, rest in words]


def last(word: str) -> str:
    """An instruction of the image itself."""
    found = instructions()
    stage = max(number for number, (name, _) in enumerate(found) if name == "FROM")
    (rest,) = [rest for name, rest in found[stage:] if name == word]
    return rest


def as_list(value: str) -> list[str]:
    return [str(each) for each in json.loads(value)]


def commands() -> set[str]:
    assert isinstance(main, click.Group)
    return set(main.list_commands(main.make_context("marsad", ["web"])))


# --- Containerfile --------------------------------------------------------------------------------


def test_what_is_copied_exists() -> None:
    stages = {rest.rpartition(" AS ")[2] for word, rest in instructions() if word == "FROM"}
    for word, rest in instructions():
        if word != "COPY":
            continue
        *sources, _target = rest.split()
        if sources[0].startswith("--from="):
            assert sources[0].removeprefix("--from=") in stages
        else:
            assert [name for name in sources if not (ROOT / name).exists()] == []


def test_secrets_stay_out_of_the_image() -> None:
    ignored = set((ROOT / ".dockerignore").read_text("utf-8").splitlines())
    assert {".env", ".git", "backups", "config.toml", "sources.d"} <= ignored
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].partition("/")[0] in ignored


def test_nobody_is_root() -> None:
    user, _, group = last("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert f"useradd --uid {user} " in CONTAINERFILE


def test_it_starts_a_command_that_exists() -> None:
    assert as_list(last("ENTRYPOINT")) == ["marsad"]
    assert set(as_list(last("CMD"))) <= commands()


def test_its_variables_are_settings() -> None:
    given = dict(re.findall(r"(MARSAD_\w+__\w+)=(\S+)", last("ENV")))
    web = config.parse("[web]\nport = 9000\n", "config.toml", given).web
    assert web.host == "0.0.0.0"
    # Whatever the config says: the port that is published, and asked by the health check.
    assert str(web.port) == last("EXPOSE")
    assert f"http://127.0.0.1:{web.port}/" in last("HEALTHCHECK")
    folder = Path(re.findall(r"MARSAD_CONFIG=(\S+)", last("ENV"))[0]).parent
    assert last("VOLUME") == last("WORKDIR") == str(folder)


def test_it_keeps_the_locales_of_all_languages() -> None:
    languages = [path.name for path in (ROOT / "web" / "locale").iterdir() if path.is_dir()]
    assert len(languages) == 3
    for language in languages:
        assert f"-not -name '{language}*'" in CONTAINERFILE


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Running]:
    server = configured(tmp_path, free_port())
    server.wait_until_ready()
    yield server
    server.process.kill()
    server.process.communicate()


@pytest.mark.slow
def test_its_health_check_asks_the_site(site: Running) -> None:
    _, _, command = last("HEALTHCHECK").partition("CMD ")
    program, *arguments = as_list(command)
    assert program == "python"
    for port, healthy in ((site.port, True), (1, False)):
        asking = [word.replace(":8000/", f":{port}/") for word in arguments]
        assert asking != arguments
        done = subprocess.run([sys.executable, *asking], stderr=subprocess.DEVNULL, check=False)
        assert (done.returncode == 0) is healthy


# --- compose.yaml ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_service_is_sealed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert "healthcheck" in service or service["image"] == "marsad"
    assert set(service.get("cap_add", [])) <= {"NET_BIND_SERVICE"}


def test_readers_reach_the_proxy_alone() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert SERVICES["database"]["networks"] == ["back"]
    trusted = SERVICES["web"]["environment"]["MARSAD_WEB__TRUSTED_PROXIES"]
    (front,) = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert front["subnet"] == trusted
    members = {name for name, service in SERVICES.items() if "front" in service["networks"]}
    assert members == {"web", "caddy"}


@pytest.mark.parametrize("name", ["web", "poller"])
def test_its_settings_are_real(name: str, tmp_path: Path) -> None:
    service = SERVICES[name]
    assert set(service["command"]) <= commands()
    secret = tmp_path / "database_url"
    secret.write_text("postgresql+psycopg://marsad:secret@database/marsad\n")
    given = {
        variable: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        for variable, value in service["environment"].items()
    }
    assert given["MARSAD_DATABASE__URL_FILE"] == "/run/secrets/database_url"
    given["MARSAD_DATABASE__URL_FILE"] = str(secret)
    settings = config.parse("", "config.toml", given)
    assert settings.database.url == secret.read_text().strip()
    assert settings.web.base_url == "https://localhost"


def test_what_services_use_is_declared() -> None:
    for service in SERVICES.values():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            if source == "./config.toml":  # a copy of the example
                continue
            exists = (ROOT / source).exists() if source.startswith(".") else False
            assert exists or source in COMPOSE["volumes"], volume


def test_the_backups_are_made_by_tools_as_new_as_the_server() -> None:
    server = SERVICES["database"]["image"].rpartition(":")[2]
    assert f"postgresql-client-{server} " in CONTAINERFILE.replace("_*.deb", " ")


def test_the_health_of_the_poller_is_the_age_of_its_heartbeat(tmp_path: Path) -> None:
    poller = SERVICES["poller"]
    heartbeat = tmp_path / "alive"
    _, check = poller["healthcheck"]["test"]
    (named,) = re.findall(r"MARSAD_HEARTBEAT=(\S+)", last("ENV"))
    assert named in check
    check = check.replace("$$", "$").replace(named, shlex.quote(str(heartbeat)))

    def healthy() -> bool:
        done = subprocess.run(["sh", "-c", check], stderr=subprocess.DEVNULL, check=False)
        return done.returncode == 0

    assert not healthy()
    heartbeat.touch()
    assert healthy()
    long_ago = time.time() - 600
    os.utime(heartbeat, (long_ago, long_ago))
    assert not healthy()
