"""Accounts as operators see and manage them."""

import pytest

from aggregator.errors import LastOperator, NotFound, PermissionDenied
from aggregator.services.accounts import people
from aggregator.storage.engine import Database
from tests.builders import make_user


def test_pages_of_people(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE", 2)
    with database.write() as session:
        for name in ("Amina", "Brahim", "Chaimae"):
            make_user(session, name)
        first = people.list_people(session)
        assert [each.user.name for each in first.people] == ["Amina", "Brahim"]
        assert first.after == "Brahim"
        second = people.list_people(session, after=first.after)
        assert [each.user.name for each in second.people] == ["Chaimae"]
        assert second.after is None
        assert [each.user.id for each in people.list_people(session, containing="IM").people] == [
            2,
            3,
        ]


def test_who_operates(database: Database) -> None:
    with database.write() as session:
        with pytest.raises(NotFound):
            people.find_operator(session)
        brahim = make_user(session, "Brahim", "editor")
        chaimae = make_user(session, "Chaimae", "operator")
        make_user(session, "Zineb", "operator")
        assert people.find_operator(session) == chaimae
        assert people.find_operator(session, "zineb").name == "Zineb"
        with pytest.raises(PermissionDenied):
            people.find_operator(session, brahim.name)


def test_roles_and_closing_by_id(database: Database) -> None:
    with database.write() as session:
        chaimae, amina = make_user(session, "Chaimae", "operator"), make_user(session, "Amina")
        assert people.set_role(session, amina.id, "editor").role == "editor"
        assert people.close(session, amina.id).name == "Amina"
        for act in (people.close, lambda *given: people.set_role(*given, "reader")):
            with pytest.raises(LastOperator):
                act(session, chaimae.id)
            with pytest.raises(NotFound):
                act(session, amina.id)
