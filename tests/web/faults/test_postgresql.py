"""PostgreSQL stops under a running site: pages say so, nothing is lost, and it comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event

from aggregator.storage.engine import Database
from tests.web.faults.sites import READ, STOP, amina_at, is_served, stars


def test_postgresql_restarts_between_requests(server: Any) -> None:
    database, run = server
    amina = amina_at(database)
    for _ in range(3):
        run(STOP)
        is_served(amina)


def test_postgresql_is_away_for_a_while(server: Any) -> None:
    database, run = server
    amina = amina_at(database)
    token = amina.form_token()
    run("ALTER DATABASE faults ALLOW_CONNECTIONS false")
    run(STOP)
    assert amina.get("/healthz").status_code == 200
    assert amina.get("/readyz").status_code == 503
    for url in (*READ, "/api/v1/entries"):
        answer = amina.get(url)
        assert answer.status_code == 503
        assert "psycopg" not in answer.text
    form = {"on": "1", "csrf_token": token}
    assert amina.client.post("/entries/1/star", data=form).status_code == 503
    run("ALTER DATABASE faults ALLOW_CONNECTIONS true")
    assert stars(database) == 0
    is_served(amina)


@pytest.mark.parametrize("url", ["/", "/entries/1", "/search?q=سدود", "/api/v1/entries"])
def test_postgresql_stops_before_any_statement_of_a_page(server: Any, url: str) -> None:
    database, run = server
    amina = amina_at(database)
    for count, answer in _stopped_at_each(database, run, lambda: amina.get(url)):
        # Behind the last statement of the page comes what is written once it is sent
        assert answer.status_code in (200, 503), count
    is_served(amina)


def test_postgresql_stops_in_the_middle_of_a_form(server: Any) -> None:
    database, run = server
    amina = amina_at(database)
    form = {"on": "1", "csrf_token": amina.form_token()}
    send = lambda: amina.client.post("/entries/1/star", data=form)  # noqa: E731
    answers = [answer.status_code for _, answer in _stopped_at_each(database, run, send)]
    assert answers[0] == 503
    assert set(answers) <= {303, 503}
    assert answers[-1] == 303
    assert stars(database) == 1
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # of a queue


def _stopped_at_each(
    database: Database, run: Callable[[str], None], send: Callable[[], Any]
) -> Iterator[tuple[int, Any]]:
    """Send a request again and again, the server stopping one statement later each time."""
    left = [0]

    @event.listens_for(database.engine, "before_cursor_execute")
    def stop(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            run(STOP)

    for count in range(1, 200):
        left[0] = count
        answer = send()
        yield count, answer
        if left[0] > 0:
            break
    left[0] = 0
    event.remove(database.engine, "before_cursor_execute", stop)
