"""A service manager that listens: the socket of `Type=notify`."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from aggregator.runtime import service_manager


class NotifySocket:
    """Collects reports, each with the process that sent it; `name` begins with "@" if abstract."""

    def __init__(self, path: Path | None = None) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind(str(path) if path else "")
        self.name = str(path) if path else "@" + self._socket.getsockname()[1:].decode()

    def variables(self, watchdog_s: float = 0) -> dict[str, str]:
        """The environment that a service manager gives to a process."""
        given = {service_manager.ADDRESS_VARIABLE: self.name}
        if watchdog_s:
            given[service_manager.WATCHDOG_VARIABLE] = str(round(1e6 * watchdog_s))
        return given

    def next(self, within_s: float = 60) -> tuple[int, str]:
        """The next report; raises TimeoutError."""
        self._socket.settimeout(within_s)
        data, ancillary, *_ = self._socket.recvmsg(4096, socket.CMSG_SPACE(12))
        return struct.unpack("3i", ancillary[0][2])[0], data.decode()

    def wait_for(self, report: str) -> int:
        """Skip others until it comes; the process that sent it."""
        while True:
            sender, came = self.next()
            if came == report:
                return sender

    def waiting(self) -> list[str]:
        """What has come and was not read yet."""
        came = []
        self._socket.setblocking(False)
        while True:
            try:
                came.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return came

    def close(self) -> None:
        self._socket.close()
