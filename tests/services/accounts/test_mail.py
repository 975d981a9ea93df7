"""Mail goes out by SMTP as configured; addresses are checked."""

from __future__ import annotations

import socket
from threading import Thread

import pytest

from aggregator.errors import InvalidInput
from aggregator.services.accounts.mail import SmtpMailer, clean_address


def _serve_one(listening: socket.socket, said: list[str]) -> None:
    """Answer one SMTP client, keeping its lines."""
    connection, _ = listening.accept()
    with connection, connection.makefile("rw", encoding="utf-8", newline="") as lines:

        def answer(line: str) -> None:
            lines.write(f"{line}\r\n")
            lines.flush()

        answer("220 ready")
        in_data = False
        for line in lines:
            text = line.rstrip("\r\n")
            said.append(text)
            if in_data and text != ".":
                continue
            in_data = text.upper() == "DATA"
            answer("354 go on" if in_data else "221 bye" if text.lower() == "quit" else "250 ok")
            if text.lower() == "quit":
                return


def test_a_mail_is_sent() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Thread(target=_serve_one, args=(listening, said))
        server.start()
        port = listening.getsockname()[1]
        mailer = SmtpMailer("127.0.0.1", port, "none", "", "", "marsad@example.org")
        mailer.send("amina@example.org", "كلمة مرور", "https://example.org/password/x\n")
        server.join(10)
    assert any(line.lower().startswith("rcpt to:<amina@example.org>") for line in said)
    assert any(line.startswith("Subject: =?utf-8?") for line in said)
    assert "https://example.org/password/x" in said


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        SmtpMailer("127.0.0.1", port, "none", "", "", "m@example.org").send("a@b.org", "s", "t")


def test_addresses() -> None:
    assert clean_address(" amina@example.org ") == "amina@example.org"
    assert clean_address("") == ""
    for wrong in ("amina", "@example.org", "a@b", "a b@c.org", "a@c.org\nBcc: x@y.org", "é@c.org",
                  "a" * 250 + "@c.org", "a@c.org, b@c.org"):  # fmt: skip
        with pytest.raises(InvalidInput):
            clean_address(wrong)
