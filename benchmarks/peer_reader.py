"""lemon24/reader doing the benchmark's work, through its Python API as documented.

Run by the Python of the peer's own virtual environment, never imported:

    python peer_reader.py add FILE.db < addresses
    python peer_reader.py update FILE.db --workers 20
    python peer_reader.py count FILE.db
    python peer_reader.py version

Storage, plugins, session and timeouts are its defaults. `scheduled=False` means what
`marsad poll --once` means: every feed now, due or not.
"""

import argparse
import sys

import reader as peer  # type: ignore[import-not-found,unused-ignore]  # in the peer's venv only


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=["add", "update", "count", "version"])
    parser.add_argument("database", nargs="?", default=":memory:")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--search", action="store_true", help="also bring its index up to date")
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
        else:
            reader.update_feeds(scheduled=False, workers=arguments.workers)
            if arguments.search:
                reader.update_search()


if __name__ == "__main__":
    main()
