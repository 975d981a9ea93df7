"""A reader who marks ten entries at a time, until standard input ends.

    python -m benchmarks.write_lock_marks --database sqlite:////tmp/readers.db

Writes a line per mark: when it was done (seconds since 1970), for how many milliseconds it waited
for the lock, and for how many it took altogether.
"""

import sys
import threading
import time
from datetime import UTC, datetime
from random import Random

import click
from sqlalchemy import func, select

from aggregator.services.reading.marking import mark_entries
from aggregator.storage.accounts.users import find_credentials
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry

# So that a long wait is measured instead of given up.
_PATIENCE_S = 30.0
_PAUSE_S = 0.1
_AT_ONCE = 10
_READERS = 100


@click.command()
@click.option("--database", "url", required=True)
def main(url: str) -> None:
    """Mark entries in the database that `benchmarks.readers_data` filled."""
    database = Database(url).with_lock_wait(_PATIENCE_S)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    random = Random("marks")
    with database.read() as session:
        newest = session.scalar(select(func.max(Entry.id))) or 0
        readers = [find_credentials(session, 8 + number).user for number in range(_READERS)]
    number = 0
    while not ended.wait(random.expovariate(1 / _PAUSE_S)):
        number += 1
        first = newest - random.randrange(5000)
        ids = range(max(1, first - _AT_ONCE), first)
        started = time.perf_counter()
        with database.write() as session:
            session.connection()  # begins
            waited_s = time.perf_counter() - started
            reader = readers[number % _READERS]
            mark_entries(session, reader, ids, bool(number % 3), datetime.now(UTC))
        took_s = time.perf_counter() - started
        print(f"{time.time():.4f}\t{1000 * waited_s:.3f}\t{1000 * took_s:.3f}", flush=True)


if __name__ == "__main__":
    main()
