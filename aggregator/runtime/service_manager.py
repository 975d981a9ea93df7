"""Reports to a service manager that a process is ready, alive or stopping: sd_notify(3).

In most containers, which lack that protocol, a health check can look at the age of a file instead.
The processes of the supervisor report to it, and it reports for all of them. It imports this file,
so only the standard library is imported here.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ADDRESS_VARIABLE = "NOTIFY_SOCKET"
WATCHDOG_VARIABLE = "WATCHDOG_USEC"
# Whose watchdog it is: the process that the service manager started, not what that starts.
WATCHDOG_PID_VARIABLE = "WATCHDOG_PID"
# The path of a file to touch with each report.
HEARTBEAT_VARIABLE = "MARSAD_HEARTBEAT"
VARIABLES = (ADDRESS_VARIABLE, WATCHDOG_VARIABLE, WATCHDOG_PID_VARIABLE, HEARTBEAT_VARIABLE)

READY = "READY=1"
ALIVE = "WATCHDOG=1"
STOPPING = "STOPPING=1"

# Reports in the time after which the service manager takes a silent process for hung.
_REPORTS = 4
_MAX_INTERVAL_S = 10.0
# A service manager that is busy must not hold up what it watches.
_SEND_TIMEOUT_S = 1.0
# struct ucred: process, user, group.
_CREDENTIALS = struct.Struct("3i")


class ServiceManager:
    """The service manager of this process; reports go nowhere if it has none."""

    def __init__(self, address: str = "", watchdog_s: float = 0.0, heartbeat: str = "") -> None:
        """`address` of its socket, "@…" if abstract; `watchdog_s`: 0 if it has no watchdog;
        `heartbeat`: a file to touch.
        """
        self._address = address
        self._heartbeat = heartbeat
        self.watchdog_s = watchdog_s if address else 0.0
        self._next_report = 0.0
        self._is_ready = False

    @classmethod
    def from_environment(cls) -> ServiceManager:
        """The one that started this process. What this process starts will not see it."""
        address, watchdog, pid, heartbeat = (os.environ.pop(name, "") for name in VARIABLES)
        is_watched = watchdog.isdigit() and pid in {"", str(os.getpid())}
        return cls(address, int(watchdog) / 1e6 if is_watched else 0.0, heartbeat)

    @property
    def is_present(self) -> bool:
        """Whether anybody reads the reports."""
        return bool(self._address or self._heartbeat)

    @property
    def report_interval_s(self) -> float:
        """How often to call `report_alive`, in seconds."""
        return min(self.watchdog_s / _REPORTS or _MAX_INTERVAL_S, _MAX_INTERVAL_S)

    def report_alive(self) -> None:
        """Report that the process is ready, the first time; later on that it still does its work.

        Call it from the work itself: a thread of its own would outlive a hung one. More calls than
        the watchdog needs cost nothing.
        """
        if not self._is_ready:
            self._is_ready = True
            self._send(READY)
        if self.is_present and time.monotonic() >= self._next_report:
            self._next_report = time.monotonic() + self.report_interval_s
            if self.watchdog_s:
                self._send(ALIVE)
            if self._heartbeat:
                with suppress(OSError):  # a full disk: the health check will tell
                    Path(self._heartbeat).touch()

    def report_stopping(self) -> None:
        """Report that the process was asked to end and finishes what it has begun."""
        self._send(STOPPING)

    def _send(self, report: str) -> None:
        if not self._address:
            return
        name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(_SEND_TIMEOUT_S)
            sender.sendto(report.encode(), name)


class ReportSocket:
    """Where the processes of the supervisor report, as it does to the service manager."""

    def __init__(self, watchdog_s: float) -> None:
        self._watchdog_s = watchdog_s
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.setblocking(False)
        self._socket.bind("")  # a free abstract name: no file to remove

    def environment(self) -> dict[str, str]:
        """The variables of a process that reports here."""
        return {
            ADDRESS_VARIABLE: "@" + self._socket.getsockname()[1:].decode(),
            WATCHDOG_VARIABLE: str(round(1e6 * self._watchdog_s)),
        }

    def read(self) -> Iterator[tuple[int, str]]:
        """The reports that have arrived, each with the id of the process that the kernel names."""
        while True:
            try:
                data, ancillary, *_ = self._socket.recvmsg(
                    4096, socket.CMSG_SPACE(_CREDENTIALS.size)
                )
            except BlockingIOError:
                return
            for level, kind, value in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    yield _CREDENTIALS.unpack(value)[0], data.decode(errors="replace")

    def close(self) -> None:
        """Read no more."""
        self._socket.close()
