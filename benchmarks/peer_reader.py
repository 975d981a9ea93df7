"""lemon24/reader doing the benchmark's work, through its Python API as documented.

Run by the Python of the peer's own virtual environment, never imported:

    python peer_reader.py add FILE.db < addresses
    python peer_reader.py update FILE.db --workers 20
    python peer_reader.py repeat FILE.db --every 6 --workers 20 --search
    python peer_reader.py count FILE.db
    python peer_reader.py version

Storage, plugins, session and timeouts are its defaults. `scheduled=False` means what
`marsad poll --once` means: every feed now, due or not. `repeat` does so again every few seconds in
one process, until its standard input ends, and prints the number of entries after each round.
"""

import argparse
import sys
import threading
import time

import reader as peer  # type: ignore[import-not-found,unused-ignore]  # in the peer's venv only


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=["add", "update", "repeat", "count", "version"])
    parser.add_argument("database", nargs="?", default=":memory:")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--search", action="store_true", help="also bring its index up to date")
    parser.add_argument("--every", type=float, default=60.0, help="seconds from round to round")
    arguments = parser.parse_args()
    if arguments.action == "version":
        print(peer.__version__)
        return
    with peer.make_reader(arguments.database) as reader:
        if arguments.action == "add":
            for line in sys.stdin:
                reader.add_feed(line.strip())
        elif arguments.action == "count":
            print(reader.get_entry_counts().total)
        elif arguments.action == "repeat":
            repeat(reader, arguments)
        else:
            update(reader, arguments)


def update(reader: "peer.Reader", arguments: argparse.Namespace) -> None:
    """One round."""
    reader.update_feeds(scheduled=False, workers=arguments.workers)
    if arguments.search:
        reader.update_search()


def repeat(reader: "peer.Reader", arguments: argparse.Namespace) -> None:
    """Rounds until standard input ends."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    if arguments.search:
        reader.enable_search()
    while not ended.is_set():
        started = time.monotonic()
        update(reader, arguments)
        print(reader.get_entry_counts().total, flush=True)
        ended.wait(max(0.0, arguments.every - (time.monotonic() - started)))


if __name__ == "__main__":
    main()
