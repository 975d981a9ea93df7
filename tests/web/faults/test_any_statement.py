"""Any statement of any route may fail."""

from __future__ import annotations

import sqlite3

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.web import world as worlds
from tests.web.routes import ROUTES
from tests.web.world import World

world = worlds.sqlite_world


def test_any_statement_may_fail(world: World) -> None:
    world.expected = {503}
    left = [0]

    @event.listens_for(world.database.engine, "before_cursor_execute")
    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OperationalError(statement, {}, sqlite3.OperationalError("disk I/O error"))

    for (method, rule), route in ROUTES.items():
        if rule == "/account/export.json":
            continue  # is cut off while it is sent
        for count in range(1, 60):
            left[0] = count
            world.send(method, rule, route)
            if left[0] > 0:
                break
    event.remove(world.database.engine, "before_cursor_execute", fail)
    assert not world.faults, "\n".join(world.faults)
