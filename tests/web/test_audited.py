"""Every change that editors and operators make is recorded, on pages and on the command line."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from aggregator.cli import main
from aggregator.services.accounts.permissions import PERMISSIONS
from tests.test_docs import commands
from tests.web import world as worlds
from tests.web.permission_map import ROUTES as PERMISSION_MAP
from tests.web.routes import ROUTES
from tests.web.world import World

pytestmark = pytest.mark.slow

sqlite_world = worlds.sqlite_world

# Routes that record nothing with the forms of `tests/web/routes.py`, and why.
EXEMPT = {
    "POST /desk/preview": "changes nothing",
    "POST /operate/feeds/<int:feed_id>/adopt": "refused there; tests/web/pages/test_audit.py",
    "POST /operate/requests/<int:request_id>/accept": "refused; tests/web/pages/test_asking.py",
    "POST /desk/topics/<slug>/revert": "nothing to revert; tests/web/pages/test_audit.py",
    "POST /operate/people/invites/revoke": "no such invitation; tests/web/pages/test_audit.py",
}

# What commands record (tests/cli/test_audit.py), or why they do not.
RECORDED = "recorded"
COMMANDS = {
    "run": "does what the config says",
    "web": "serves",
    "poll": "does what the config says",
    "check-config": "changes nothing",
    "doctor": RECORDED,
    "sources": "changes nothing",
    "sources import": "prints tables",
    "sources poll": RECORDED,
    "sources resume": RECORDED,
    "sources adopt": RECORDED,
    "user add": RECORDED,
    "user invite": RECORDED,
    "user password": RECORDED,
    "user password-link": RECORDED,
    "user role": RECORDED,
    "user unlink": RECORDED,
    "user second-factor": RECORDED,
    "user list": "changes nothing",
    "user token": RECORDED,
    "user remove": RECORDED,
    "opml import": RECORDED,
    "opml export": "changes nothing",
    "init": "writes a config",
    "copy": "copies the log, too",
    "migrate": "comes before the log itself",
    "backup": "changes nothing",
    "restore": "replaces the log, too",
    "demo": "has a database of its own",
}


def changing_routes() -> set[str]:
    """The routes by which editors or operators, and no readers, change something."""
    return {
        key
        for key, route in PERMISSION_MAP.items()
        if not key.startswith("GET ")
        and route.permission
        and "reader" not in PERMISSIONS[route.permission]
    }


def test_each_changing_route_is_recorded(sqlite_world: World) -> None:
    recorded: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO acts"):
            recorded.append(statement)

    event.listen(sqlite_world.database.engine, "before_cursor_execute", note)
    silent = set()
    for key in sorted(changing_routes()):
        method, _, rule = key.partition(" ")
        before = len(recorded)
        sqlite_world.send(method, rule, ROUTES[method, rule])
        if len(recorded) == before:
            silent.add(key)
    assert silent == set(EXEMPT)


def test_each_command_is_known() -> None:
    found = {" ".join(words) for words in commands(main, ())}
    assert found | {"sources"} == set(COMMANDS)
