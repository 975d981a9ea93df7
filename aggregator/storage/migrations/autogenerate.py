"""Write the migration that brings the newest schema to what the models say.

    python -m aggregator.storage.migrations.autogenerate "Sources have a logo"

`make migration NAME="Sources have a logo"` runs this, then formats the file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext

from aggregator.storage.engine import Database
from aggregator.storage.models import all_tables
from aggregator.storage.schema import head_revision, migrate

_FOLDER = Path(__file__).parent
_VERSIONS = _FOLDER / "versions"


def main() -> None:
    """Compare a fresh SQLite database with the models and write down what differs."""
    name = " ".join(sys.argv[1:]).strip()
    if not name:
        sys.exit('name what changes: make migration NAME="Sources have a logo"')
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/head.db")
        migrate(database)
        path = write_migration(database, name, _VERSIONS)
        database.close()
    if path is None:
        sys.stdout.write("the models say what the migrations make: nothing to write\n")


def write_migration(database: Database, name: str, versions: Path) -> Path | None:
    """Write the next migration into `versions` and return its path; None if nothing changed.

    `database`, of either kind, is at the newest revision.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option(
        "version_locations", "\n".join(dict.fromkeys(map(str, (_VERSIONS, versions))))
    )
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with database.engine.connect() as connection:
        config.attributes |= {"connection": connection, "metadata": all_tables()}
        script = command.revision(
            config,
            message=name.rstrip("."),
            autogenerate=True,
            version_path=str(versions),
            rev_id=f"{int(head_revision()) + 1:04}",
            process_revision_directives=_drop_if_empty,
        )
    return None if script is None or isinstance(script, list) else Path(script.path)


def _drop_if_empty(
    _context: MigrationContext, _revision: object, directives: list[MigrationScript]
) -> None:
    operations = directives[0].upgrade_ops
    if operations is not None and operations.is_empty():
        directives.clear()


if __name__ == "__main__":
    main()
