"""Invitations in the table: used once, revoked, expired, kept as a record."""

from datetime import timedelta

from aggregator.storage.accounts import invites, users
from aggregator.storage.engine import Database
from aggregator.types import Invite
from tests.builders import NOW, make_user

DAY = timedelta(days=1)


def test_an_invitation_is_used_once(database: Database) -> None:
    with database.write() as session:
        chaimae = make_user(session, "Chaimae", "operator")
        newcomer = make_user(session, "Yassine")
        invites.insert_invite(
            session, "hash", label="Yassine", role="editor", created_by=chaimae.id, now=NOW,
            expires_at=NOW + DAY,
        )  # fmt: skip
        found = invites.find_invite(session, "hash", NOW)
        assert found == Invite("hash", "Yassine", "editor", "Chaimae", NOW, NOW + DAY, None, None)
        assert invites.find_invite(session, "hash", NOW + DAY) is None
        assert invites.find_invite(session, "other", NOW) is None
        assert invites.redeem_invite(session, "hash", newcomer.id, NOW)
        assert not invites.redeem_invite(session, "hash", chaimae.id, NOW)
        assert invites.find_invite(session, "hash", NOW) is None
        invites.delete_invite(session, "hash")
        (record,) = invites.list_invites(session)
        assert (record.used_by, record.used_at) == ("Yassine", NOW)
        users.delete_user(session, newcomer.id)
        (record,) = invites.list_invites(session)
        assert (record.used_by, record.used_at) == (None, NOW)
        invites.delete_invites_before(session, NOW + DAY)
        assert invites.list_invites(session) == ()


def test_the_invitations_of_a_former_operator_are_worthless(database: Database) -> None:
    with database.write() as session:
        chaimae = make_user(session, "Chaimae", "operator")
        invites.insert_invite(
            session, "hash", label="x", role="operator", created_by=chaimae.id, now=NOW,
            expires_at=NOW + DAY,
        )  # fmt: skip
        users.set_role(session, chaimae.id, "editor")
        assert invites.find_invite(session, "hash", NOW) is None
        invites.delete_invite(session, "hash")
        assert invites.list_invites(session) == ()
