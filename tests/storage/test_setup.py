"""The row of setup links: several at a time, all gone with the first that is used."""

from aggregator.storage import setup
from aggregator.storage.engine import Database


def test_links_work_beside_each_other_until_one_is_used(database: Database) -> None:
    with database.write() as session:
        assert not setup.is_link(session, "a")
        assert not setup.use_link(session, "a")
        for name in ("a", "b", "c"):
            setup.add_link(session, name)
        assert all(setup.is_link(session, name) for name in ("a", "b", "c"))
        assert not setup.use_link(session, "d")
        assert setup.use_link(session, "b")
        assert not setup.is_link(session, "a")
        assert not setup.use_link(session, "a")


def test_only_the_latest_are_kept(database: Database) -> None:
    with database.write() as session:
        for number in range(setup.KEPT + 1):
            setup.add_link(session, f"link{number}")
        assert not setup.is_link(session, "link0")
        assert setup.is_link(session, "link1")
        assert not setup.is_link(session, "")
