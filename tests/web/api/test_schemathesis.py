"""Schemathesis reads the OpenAPI document and tries to break what it promises, with a fixed seed.

Through its engine rather than its pytest plugin, which pyproject.toml turns off: importing that
takes half a second of every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from threading import Thread
from typing import Any

import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from werkzeug.serving import make_server

from tests.web import world as worlds
from tests.web.world import World

pytestmark = pytest.mark.slow

sqlite_world = worlds.sqlite_world

# What a format means cannot be written as a JSON Schema: values that the world has.
FORMATS = {
    "source": ["", "hespress", "medias24", "kapitalis"],
    "owner": ["", "press-house"],
    "topic": ["", "water"],
    "tag": ["ماء", "سدود", "Botola Pro", "e\u0301té", "ⵜⴰⵎⴰⵣⵉⵖⵜ", "a" * 60],
    "tags": ["ماء", "ماء,سدود", "ماء، Botola Pro"],
    "query": ["سدود", "barrages OR سدود", '"امتلاء السدود"', "source:hespress -sport", "tunis*"],
    "cursor": [""],
    "day": ["", "2026-11-02"],
    "first-day": ["", "2026-11-01"],
    "last-day": ["", "2026-11-02"],
    "asked": ["", "2026-11-02T08:00:00Z"],
    "section": ["", "general", "سياسة"],
}


@pytest.fixture(scope="module", autouse=True)
def _formats() -> None:
    for name, values in FORMATS.items():
        schemathesis.openapi.format(name, st.sampled_from(values))


def config(url: str, token: str) -> SchemathesisConfig:
    found: dict[str, Any] = {
        "base-url": f"{url}/api/v1",
        "seed": 20261130,
        "color": False,
        "continue-on-failure": True,
        "headers": {"Accept-Encoding": "identity", "Authorization": f"Bearer {token}"},
        "generation": {
            "max-examples": 15,
            "deterministic": True,
            "no-shrink": True,
            "database": "none",
        },
        "phases": {"stateful": {"enabled": False}},
    }
    return SchemathesisConfig.from_dict(found)


@schemathesis.hook("before_call")
def name_what_exists(_context: Any, case: Any, _arguments: Any) -> None:
    """Have a request that should be answered name what the world has: a source, an owner, a feed.

    One that does not exist is an error, and so are a topic beside a query or a tag, a kind of story
    beside a source, and a role without one.
    """
    query = case.query or {}
    if not case.meta.generation.mode.is_positive:
        return
    if query.get("source"):
        query["source"] = "hespress"
        query.pop("kind", None)
    else:
        query.pop("role", None)
    if query.get("owner"):
        query["owner"] = "press-house"
    if "feed" in query:
        query["feed"] = 1
    if query.get("topic"):
        query["topic"] = "water"
        for name in ("q", "tag", "starred"):
            query.pop(name, None)
    if query.get("from"):
        query["to"] = "2026-11-02"
    if query.get("cursor"):
        query["cursor"] = ""


def failures(schema: Any) -> Iterator[str]:
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield f"{event}"
        if isinstance(event, events.ScenarioFinished):
            for case_id, checks in event.recorder.checks.items():
                case = event.recorder.cases[case_id].value
                for check in checks:
                    if check.status == Status.FAILURE:
                        what = check.failure_info.failure
                        yield f"{check.name}: {case.as_curl_command()}: {what}"


@pytest.fixture
def url(sqlite_world: World) -> Iterator[str]:
    """The address of a server of the world: in the process, one check asks in a wrong way."""
    server = make_server("127.0.0.1", 0, sqlite_world.app)
    with closing(server.socket):
        serving = Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def test_schemathesis_finds_no_fault(sqlite_world: World, url: str) -> None:
    document = sqlite_world.client.get("/api/v1/openapi.json").get_json()
    settings = config(url, sqlite_world.secrets["TOKEN"])
    schema = schemathesis.openapi.from_dict(document, config=settings)
    found = list(failures(schema))
    assert found == [], "\n".join(found)
