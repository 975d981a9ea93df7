"""Sending mail by the SMTP server that the operator configured."""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal, Protocol

from aggregator.errors import InvalidInput

MAX_ADDRESS = 254
# For each step of a conversation with the server.
_TIMEOUT_S = 10


class Mailer(Protocol):
    """Whatever sends mail."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a text. Raises OSError, of which SMTPException is one."""


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends each mail over a connection of its own."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str
    password: str
    sender: str

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a text. Raises OSError, of which SMTPException is one."""
        import smtplib  # rarely needed, and slow to import
        import ssl

        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        message.set_content(text)
        secure = ssl.create_default_context()
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=_TIMEOUT_S, context=secure
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_S)
        with server:
            if self.security == "starttls":
                server.starttls(context=secure)
            if self.username:
                server.login(self.username, self.password)
            server.send_message(message)


def clean_address(text: str) -> str:
    """An address as it is stored; empty for none. Raises InvalidInput."""
    text = text.strip()
    if not text:
        return ""
    try:
        if not text.isascii() or len(text) > MAX_ADDRESS:
            raise ValueError("not an address of plain ASCII letters")
        address = Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError) as error:  # the parser raises all three
        raise InvalidInput("error.email", "not an e-mail address", field="email") from error
    if not address.username or "." not in address.domain:
        raise InvalidInput("error.email", "not an e-mail address", field="email")
    return address.addr_spec
