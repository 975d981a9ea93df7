"""People whom a reverse proxy has signed in, and names in a header.

The proxy is believed about who asks, and about their groups; so the header counts only from the
proxy itself, and an account is found by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NameTaken, ProviderRefused
from aggregator.networks import Network
from aggregator.process.readers.roles import EVERYONE_READS, RoleRules
from aggregator.services.accounts import accounts, audit
from aggregator.services.accounts.external_accounts import NO_PASSWORD, apply_role
from aggregator.storage.accounts.sessions import ActiveReader, find_reader
from aggregator.storage.engine import Database
from aggregator.types import Role

# Peers without an address: those of a Unix socket, as servers name them.
_NAMELESS = ("", "localhost", "unix")


@dataclass(frozen=True, slots=True)
class TrustedHeader:
    """Sign-in by a reverse proxy, as configured. Headers by their names in requests."""

    networks: tuple[Network, ...]
    """Where the proxy connects from."""
    by_socket: bool
    """Whether it connects by the Unix socket."""
    user: str = "Remote-User"
    groups: str = ""
    """Comma-separated; "" if groups decide nothing."""
    roles: RoleRules = EVERYONE_READS
    create_accounts: bool = False
    sign_out_url: str = ""

    def believes(self, peer: str) -> bool:
        """Whether the header counts from the machine that connected to us."""
        if peer in _NAMELESS:
            return self.by_socket
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self.networks)


def find(session: Session, name: str) -> ActiveReader | None:
    """The account under the name that the proxy says."""
    return find_reader(session, accounts.name_key(name))


def needs_change(header: TrustedHeader, found: ActiveReader | None, role: Role | None) -> bool:
    """Whether the account is to be made, or its role changed, before the person is let in."""
    if found is None:
        return header.create_accounts and role is not None
    return bool(header.roles) and (role is None or found.user.role != role)


def change(
    database: Database, header: TrustedHeader, name: str, role: Role | None, now: datetime
) -> None:
    """Make the account of a person, or give it the role that the person has now.

    Raises ProviderRefused for a name that no account can have.
    """
    key = accounts.name_key(name)
    with database.write() as session:
        found = find_reader(session, key)
        if found is not None:
            apply_role(session, found.user, role)
            return
    try:
        with database.write() as session:
            made = accounts.insert(
                session, accounts.clean_name(name), NO_PASSWORD, role or "reader", now
            )
    except NameTaken:  # by another request of the same person
        return
    except InvalidInput as error:
        raise ProviderRefused(f"the proxy's header: {error}", "error.oidc_name") from error
    audit.log_new_account(made)


def refusal(found: ActiveReader | None, role: Role | None) -> str:
    """Why a person is not let in, as a key of the catalogues; empty for one who is."""
    if role is None:
        return "error.oidc_no_role"
    return "" if found else "error.oidc_no_account"
