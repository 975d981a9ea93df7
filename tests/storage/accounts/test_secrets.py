"""A shared secret is created once, by the first process that needs it."""

from concurrent.futures import ThreadPoolExecutor

from aggregator.storage.accounts.secrets import shared_secret
from aggregator.storage.engine import Database


def test_processes_that_start_together_share_one_secret(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: shared_secret(database, "web"), range(16)))
    assert len(secrets) == 1
    assert len(secrets.pop()) == 64
    assert shared_secret(database, "other") != shared_secret(database, "web")
