"""What stands before PostgreSQL in `benchmarks.scale`: a proxy that can be cut, and PgBouncer."""

import asyncio
import getpass
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.measure import BenchmarkError
from benchmarks.web_ports import free_port

# Connections that PgBouncer opens to PostgreSQL.
_POOL = 20


class CuttableProxy:
    """Hands connections on to a port of loopback, or to a unix socket; all can be cut at once."""

    def __init__(self, port: int, path: str = "") -> None:
        self._target = port, path
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self.cut_connections = 0
        self.port = 0

    def lead_to(self, path: str) -> None:
        """Hand connections on to this unix socket from now on; close those to the old one."""
        self._target = 0, path
        self.cut()

    def cut(self) -> None:
        """Close every connection; new ones are accepted."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Listen on `port` while the block runs."""
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.cut()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            server.close()
            self._loop.run_until_complete(_cancel_all(self._loop))
            self._loop.close()

    async def _cut(self) -> None:
        cut, self._open = self._open, set()
        self.cut_connections += len(cut) // 2
        for writer in cut:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port, path = self._target
        try:
            behind_reader, behind_writer = await (
                asyncio.open_unix_connection(path)
                if path
                else asyncio.open_connection("127.0.0.1", port)
            )
        except OSError:  # the server is being started again
            writer.transport.abort()
            return
        self._open |= {writer, behind_writer}
        await asyncio.gather(_pump(reader, behind_writer), _pump(behind_reader, writer))
        self._open -= {writer, behind_writer}


async def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    others = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@contextmanager
def pgbouncer(program: str, port: int, folder: Path) -> Iterator[int]:
    """PgBouncer in transaction mode before the server at `port`, while the block runs; its port."""
    listens_at = free_port()
    config = folder / "pgbouncer.ini"
    config.write_text(
        f"[databases]\n* = host=127.0.0.1 port={port} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {listens_at}\nauth_type = any\n"
        f"unix_socket_dir =\npool_mode = transaction\ndefault_pool_size = {_POOL}\n"
        # After a fail-over, 15 s would pass by default until it tries again.
        "server_login_retry = 1\n"
        "max_client_conn = 1000\nlog_connections = 0\nlog_disconnections = 0\n"
    )
    other_user = "pgserver" if getpass.getuser() == "root" else None  # it does not run as root
    with (folder / "pgbouncer.log").open("ab") as log:
        process = subprocess.Popen(
            [program, str(config)], stdout=log, stderr=log, user=other_user, cwd=folder
        )
    try:
        yield listens_at
        if process.poll() is not None:
            raise BenchmarkError(f"PgBouncer has ended; see {folder}/pgbouncer.log.")
    finally:
        process.terminate()
        process.wait(10)
