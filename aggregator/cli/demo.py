"""`marsad demo`: the main job with invented publishers on this machine."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click

from aggregator.cli.app import App, err, fail
from aggregator.cli.run import command, prepare_database, web_commands
from aggregator.demo.outlets import OUTLETS, Outlet, feed_url, site_url
from aggregator.demo.owners import OWNER_OF, OWNERS, DemoOwner, owner_url
from aggregator.demo.topics import EDITOR, TOPICS
from aggregator.runtime.supervisor import Supervisor
from aggregator.types import Role

HOST = "127.0.0.1"
USER = "demo"
_FIRST_LINE = "# Written by `marsad demo` each time it starts."


@dataclass(frozen=True, slots=True)
class DemoState:
    """What a demo with a folder of its own remembers."""

    started_at: str
    publisher_port: int
    password: str


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, help="Port of the web server.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the demo's database in this folder; otherwise it is deleted when the demo ends.",
)
def demo(port: int, data: Path | None) -> None:
    """Run Marsad against a small sample publisher on this machine; no network needed."""
    signal.signal(signal.SIGTERM, _leave)
    _forget_overrides()
    if problem := _taken(port):
        fail(f"port {port} cannot be used ({problem}); choose another with --port")
    with _folder(data) as folder:
        state = _state(folder)
        app = App(folder / "config.toml")
        _write_config(app.config_path, port, state)
        prepare_database(app)
        _make_user(app, state)
        _make_topics(app)
        commands = _commands(app, state)
        _announce(port, state)
        # Not `exec_supervisor`: this process stays, to remove the folder.
        status = Supervisor(commands).run()
    sys.exit(status)


def _leave(number: int, frame: FrameType | None) -> None:
    """Clean up after a stop during preparation."""
    sys.exit(0)


def _forget_overrides() -> None:
    """Ignore `MARSAD_DATABASE__URL` and the like, which belong to the real installation."""
    for name in [name for name in os.environ if name.startswith("MARSAD_") and "__" in name]:
        del os.environ[name]


def _taken(port: int) -> str | None:
    """Why a port is not available; None if it is."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return (error.strerror or str(error)).lower()
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """The folder of config and database: `data`, or a temporary one."""
    if data is None:
        folder = Path(tempfile.mkdtemp(prefix="marsad-demo-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    config = data / "config.toml"
    try:
        data.mkdir(parents=True, exist_ok=True)
        if config.exists() and not config.read_text("utf-8").startswith(_FIRST_LINE):
            fail(f"{config} does not belong to the demo; give the demo a folder of its own")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{data} cannot be used: {error}")
    yield data.resolve()


def _state(folder: Path) -> DemoState:
    """The state in the folder, else a fresh one; feeds keep their URL if possible."""
    file = folder / "demo.json"
    try:
        state = DemoState(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        state = DemoState(datetime.now(UTC).isoformat(), _free_port(), secrets.token_hex(6))
    if _taken(state.publisher_port):
        state = DemoState(state.started_at, _free_port(), state.password)
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(state)), "utf-8")
    return state


def _write_config(path: Path, port: int, state: DemoState) -> None:
    from sqlalchemy import URL

    base_url = f"http://{HOST}:{state.publisher_port}"
    owners = "\n".join(_owner(owner, base_url) for owner in OWNERS)
    sources = "\n".join(_source(outlet, base_url) for outlet in OUTLETS)
    database = URL.create("sqlite", database=str(path.parent / "marsad.db"))
    path.write_text(
        f"""{_FIRST_LINE}
[database]
url = {_toml(database.render_as_string())}

[web]
port = {port}
base_url = "http://{HOST}:{port}"
registration = "invite"

[polling]
min_interval = "5s"
max_interval = "20s"
per_host = 16
timeout = "10s"
allow_networks = ["127.0.0.0/8"]

{owners}
{sources}""",
        "utf-8",
    )


def _owner(owner: DemoOwner, base_url: str) -> str:
    return f"""[[owner]]
slug = "{owner.slug}"
name = {_names(owner)}
kind = "{owner.kind}"
parents = {json.dumps(owner.parents)}
source_url = {_toml(owner_url(owner, base_url))}
"""


def _source(outlet: Outlet, base_url: str) -> str:
    owner = OWNER_OF.get(outlet.slug)
    owned = f'owner = "{owner.slug}"' if owner else 'ownership = "private"'
    return f"""[[source]]
slug = "{outlet.slug}"
name = {_names(outlet)}
country = "{outlet.country}"
language = "{outlet.language}"
{owned}
site = {_toml(site_url(outlet, base_url))}
feeds = [ {{ url = {_toml(feed_url(outlet, base_url))}, section = "{outlet.section}" }} ]
"""


def _names(named: DemoOwner | Outlet) -> str:
    names = ", ".join(f"{code} = {_toml(getattr(named, code))}" for code in ("ar", "fr", "en"))
    return f"{{ {names} }}"


def _toml(text: str) -> str:
    """A basic string of TOML, which a JSON string is."""
    return json.dumps(text, ensure_ascii=False)


def _make_user(app: App, state: DemoState) -> None:
    """Create an operator and an editor to sign in as, once."""
    from aggregator.errors import Conflict
    from aggregator.services.accounts import accounts
    from aggregator.services.accounts.passwords import PasswordHasher

    roles: tuple[tuple[str, Role], ...] = ((USER, "operator"), (EDITOR, "editor"))
    for name, role in roles:
        try:
            with app.database.write() as session:
                accounts.create(
                    session, PasswordHasher(), name, state.password, role, datetime.now(UTC)
                )
        except Conflict:
            pass  # from the last time, with the same password


def _make_topics(app: App) -> None:
    """Create topics as an editor would; the poller fills them."""
    from aggregator.errors import Conflict
    from aggregator.storage.topics.topics import add_topic

    for content in TOPICS:
        try:
            with app.database.write_exclusive() as session:
                add_topic(session, content, EDITOR, datetime.now(UTC))
        except Conflict:
            pass  # from the last time, as somebody may have changed it


def _announce(port: int, state: DemoState) -> None:
    err.print(f"The demo is at http://{HOST}:{port}  (stop with Ctrl-C)")
    err.print(f"Sign in as {USER} with the password {state.password}")
    err.print(f"Or as the editor {EDITOR} with the same password; her topics are at /desk")
    err.print(
        f"Its sources, authors and news are invented and come from http://{HOST}:"
        f"{state.publisher_port}. One source is broken and one is slow, on purpose."
    )


def _commands(app: App, state: DemoState) -> dict[str, list[str]]:
    publisher = [
        *(sys.executable, "-m", "aggregator.demo.publisher"),
        *("--port", str(state.publisher_port), "--started", state.started_at),
    ]
    return {"publisher": publisher} | web_commands(app) | {"poller": command(app, "poll")}
