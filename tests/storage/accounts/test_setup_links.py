"""Setup links: several at a time, all invalid once one is used."""

from aggregator.storage.accounts import setup_links
from aggregator.storage.engine import Database


def test_links_work_beside_each_other_until_one_is_used(database: Database) -> None:
    with database.write() as session:
        assert not setup_links.is_valid_link(session, "a")
        assert not setup_links.redeem_link(session, "a")
        for name in ("a", "b", "c"):
            setup_links.add_link(session, name)
        assert all(setup_links.is_valid_link(session, name) for name in ("a", "b", "c"))
        assert not setup_links.redeem_link(session, "d")
        assert setup_links.redeem_link(session, "b")
        assert not setup_links.is_valid_link(session, "a")
        assert not setup_links.redeem_link(session, "a")


def test_only_the_latest_are_kept(database: Database) -> None:
    with database.write() as session:
        for number in range(setup_links.MAX_LINKS + 1):
            setup_links.add_link(session, f"link{number}")
        assert not setup_links.is_valid_link(session, "link0")
        assert setup_links.is_valid_link(session, "link1")
        assert not setup_links.is_valid_link(session, "")
