"""The socket on which the site listens: opened here, or by a parent that several processes share.

Uses only the standard library, as the supervisor imports it.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

# What a parent hands to web processes: the number of the listening socket, and the folder of what
# else they share.
LISTENER_VARIABLE = "MARSAD_LISTENER"
SHARED_FOLDER_VARIABLE = "MARSAD_SHARED_FOLDER"
WEB_VARIABLES = (LISTENER_VARIABLE, SHARED_FOLDER_VARIABLE)
BACKLOG = 1024
# A proxy in the group of the site may connect to its unix socket.
_SOCKET_UMASK = 0o117


def listen(host: str, port: int, path: str = "") -> socket.socket:
    """Listen on a host name or address, or on the unix socket `path`. Raises ListenError."""
    shown = path or (f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    try:
        return _listen_on_path(path) if path else _listen_on_port(host, port)
    except OSError as error:
        from aggregator.errors import ListenError  # the supervisor has no use for it

        raise ListenError(shown, _path_error(error) if path else _port_error(error)) from error


def _listen_on_port(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=both)


def _listen_on_path(path: str) -> socket.socket:
    _remove_stale_socket(path)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(_SOCKET_UMASK)
    try:
        listener.bind(path)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _remove_stale_socket(path: str) -> None:
    """Remove the socket of a process that was killed. Raises OSError if anything else is there."""
    try:
        if not stat.S_ISSOCK(Path(path).lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "another file is there")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink()
            return
    raise OSError(errno.EADDRINUSE, "in use")


def _path_error(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program uses that socket; stop it, or set another web.socket"
    if error.errno == errno.EEXIST:
        return "another file is there; remove it, or set another web.socket"
    return error.strerror or str(error)


def _port_error(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program uses that port; stop it, or set another web.port"
    if error.errno == errno.EACCES:
        return "only root may use that port; set a web.port above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine does not have that address; set another web.host"
    return error.strerror or str(error)


def path_of(listener: socket.socket) -> str:
    """The path of a unix socket; empty for a port."""
    return str(listener.getsockname()) if listener.family == socket.AF_UNIX else ""


def remove_path(path: str) -> None:
    """Remove the file of a unix socket on which nobody listens any more; "": nothing."""
    if path:
        with suppress(OSError):
            Path(path).unlink()


# --- shared by processes -----------------------------------------------------------------------


def share(listener: socket.socket) -> None:
    """Hand a listening socket to the web processes of the supervisor that follows."""
    listener.set_inheritable(True)
    os.environ[LISTENER_VARIABLE] = str(listener.detach())


def share_folder() -> None:
    """Make the folder that several web processes share, and hand it to them."""
    os.environ[SHARED_FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="marsad-")


def inherited_listener() -> socket.socket | None:
    """The listening socket that a parent has handed over; None if there is no such parent."""
    number = os.environ.pop(LISTENER_VARIABLE, "")
    return socket.socket(fileno=int(number)) if number.isdigit() else None


def shared_folder() -> Path | None:
    """The folder that the web processes of this machine share; None if there is only one."""
    folder = os.environ.get(SHARED_FOLDER_VARIABLE)
    return Path(folder) if folder else None


def remove_shared_folder(folder: str) -> None:
    """Remove the folder once no process uses it any more."""
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
