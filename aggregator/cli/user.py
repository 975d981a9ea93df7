"""`marsad user …`: manage accounts from the terminal."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import cast, get_args

import click
from rich.console import Console
from rich.table import Table

from aggregator.cli.app import App, fail, log_to_stderr
from aggregator.cli.audit import record
from aggregator.errors import (
    InvalidInput,
    LastOperator,
    NameTaken,
    NotFound,
    PermissionDenied,
    TooManyAttempts,
)
from aggregator.types import MAX_INVITE_DAYS, MAX_TOKEN_DAYS, Role, TokenScope
from aggregator.types.limits import MIN_PASSWORD
from aggregator.types.second_factors import Factor

_ROLES = click.Choice(get_args(Role))
_SCOPES = click.Choice(get_args(TokenScope))
_password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin."
)


@click.group()
def user() -> None:
    """Manage accounts of readers, editors and operators."""
    log_to_stderr()


@user.command()
@click.argument("name")
@click.option("--role", type=_ROLES, default="reader", show_default=True, help="Account role.")
@_password_stdin
@click.pass_obj
def add(app: App, name: str, role: str, password_stdin: bool) -> None:
    """Create an account."""
    from aggregator.services.accounts import accounts, audit
    from aggregator.services.accounts.passwords import PasswordHasher

    password = _password(stdin=password_stdin)
    try:
        with app.database.write() as session:
            made = accounts.create(
                session, PasswordHasher(), name, password, cast("Role", role), datetime.now(UTC)
            )
            record(session, "user.create", made.name, made.role)
    except NameTaken:
        fail(f'user "{name}" already exists; choose another name, or: marsad user password')
    except InvalidInput as error:
        fail(str(error))
    audit.log_new_account(made)
    click.echo(f"{made.name} can now sign in as {made.role}")


@user.command()
@click.argument("label")
@click.option("--role", type=_ROLES, default="reader", show_default=True, help="Account role.")
@click.option("--days", type=click.IntRange(1, MAX_INVITE_DAYS), default=7, show_default=True)
@click.option("--by", metavar="NAME", help="Operator who invites (default: the first one).")
@click.pass_obj
def invite(app: App, label: str, role: str, days: int, by: str | None) -> None:
    """Print an invitation link for one person; LABEL says who it is for."""
    from aggregator.services.accounts import invites, people

    if app.settings.web.registration == "closed":
        fail('web.registration is "closed", so invitations do not work; set it to "invite"')
    now = datetime.now(UTC)
    try:
        with app.database.write() as session:
            operator = people.find_operator(session, by)
            token = invites.create_invite(session, operator, label, cast("Role", role), days, now)
            record(session, "invite.create", label, f"{role}, {operator.name}")
    except (NotFound, InvalidInput, TooManyAttempts, PermissionDenied) as error:
        fail(str(error))
    click.echo(f"{app.settings.web.address}/invite/{token}")


@user.command("password")
@click.argument("name")
@_password_stdin
@click.option("--keep-tokens", is_flag=True, help="Let the user's API tokens go on working.")
@click.pass_obj
def set_password(app: App, name: str, password_stdin: bool, keep_tokens: bool) -> None:
    """Set a new password, sign the user out everywhere and revoke their API tokens."""
    from aggregator.services.accounts import accounts, audit
    from aggregator.services.accounts.passwords import PasswordHasher

    password = _password(stdin=password_stdin)
    try:
        with app.database.write() as session:
            changed = accounts.reset_password(
                session, PasswordHasher(), name, password, keep_tokens=keep_tokens
            )
            record(session, "user.password", changed.name)
    except (NotFound, InvalidInput) as error:
        fail(str(error))
    audit.log_change(audit.COMMAND_LINE, "password", changed)
    tokens = "kept" if keep_tokens else "revoked"
    click.echo(
        f"{changed.name} has a new password and has been signed out everywhere; "
        f"API tokens were {tokens}"
    )


@user.command("password-link")
@click.argument("name")
@click.pass_obj
def password_link(app: App, name: str) -> None:
    """Print a link with which a user sets a new password, once, within a day."""
    from aggregator.services.accounts import accounts, audit, password_links

    try:
        with app.database.write() as session:
            owner = accounts.find(session, name)
            token = password_links.create_link(session, owner, datetime.now(UTC))
            record(session, "user.password_link", owner.name)
    except NotFound as error:
        fail(str(error))
    audit.log_change(audit.COMMAND_LINE, "password link", owner)
    click.echo(f"{app.settings.web.address}/password/{token}")


@user.command("second-factor")
@click.argument("name")
@click.option(
    "--remove",
    "factors",
    type=click.Choice(get_args(Factor)),
    multiple=True,
    help="Remove what the user has lost, and sign them out everywhere; can be given several times.",
)
@click.pass_obj
def second_factor(app: App, name: str, factors: tuple[Factor, ...]) -> None:
    """Show a user's passkeys, authenticator app and recovery codes, or remove them."""
    from aggregator.services.accounts import accounts, audit
    from aggregator.services.accounts import second_factor as service

    try:
        if factors:
            with app.database.write() as session:
                owner = accounts.find(session, name)
                service.reset(session, owner, factors)
                record(session, "user.second_factor", owner.name, ", ".join(factors))
            audit.log_change(audit.COMMAND_LINE, "second factor", owner)
        with app.database.read() as session:
            owner = accounts.find(session, name)
            found = service.find(session, owner)
    except NotFound as error:
        fail(str(error))
    for passkey in found.passkeys:
        used = f"{passkey.last_used_at:%Y-%m-%d}" if passkey.last_used_at else "-"
        click.echo(f"passkey: {passkey.name}, last used {used}")
    since = f"since {found.app_since:%Y-%m-%d}" if found.app_since else "-"
    click.echo(f"authenticator app: {since}")
    click.echo(f"recovery codes left: {found.codes_left}")


@user.command("role")
@click.argument("name")
@click.argument("role", type=_ROLES)
@click.pass_obj
def set_role(app: App, name: str, role: str) -> None:
    """Change a user's role."""
    from aggregator.services.accounts import accounts, audit

    try:
        with app.database.write() as session:
            changed = accounts.set_role(session, accounts.find(session, name), cast("Role", role))
            record(session, "user.role", changed.name, changed.role)
    except (NotFound, LastOperator) as error:
        fail(str(error))
    audit.log_change(audit.COMMAND_LINE, "role", changed)
    click.echo(f"{changed.name} now has the role {changed.role}")


@user.command()
@click.argument("name")
@click.pass_obj
def unlink(app: App, name: str) -> None:
    """Unlink an account from the sign-in provider and sign the user out everywhere."""
    from aggregator.services.accounts import accounts, audit, external_accounts

    try:
        with app.database.write() as session:
            owner = accounts.find(session, name)
            count = external_accounts.unlink_all(session, owner)
            has_password = external_accounts.has_password(session, owner)
            record(session, "user.unlink", owner.name, count)
    except NotFound as error:
        fail(str(error))
    audit.log_change(audit.COMMAND_LINE, "unlink", owner)
    click.echo(f"{owner.name} has been signed out everywhere; identities unlinked: {count}")
    if not has_password:
        click.echo(
            f"{owner.name} has no password and cannot sign in; run: marsad user password-link"
        )


@user.command("list")
@click.pass_obj
def list_users(app: App) -> None:
    """List the accounts."""
    from aggregator.services.accounts import people

    table = Table("name", "role", "created", "last seen", box=None)
    with app.database.read() as session:
        for each in people.iter_people(session):
            seen = f"{each.last_seen_at:%Y-%m-%d}" if each.last_seen_at else "-"
            table.add_row(each.user.name, each.user.role, f"{each.created_at:%Y-%m-%d}", seen)
    Console(markup=False).print(table)


@user.command()
@click.argument("name")
@click.option("--label", default="command line", show_default=True, help="What the token is for.")
@click.option("--days", type=click.IntRange(1, MAX_TOKEN_DAYS), help="Days until it expires.")
@click.option(
    "--scope", type=_SCOPES, default="read", show_default=True, help='"write" allows changes.'
)
@click.pass_obj
def token(app: App, name: str, label: str, days: int | None, scope: str) -> None:
    """Create an API token and print it; it cannot be shown again."""
    from aggregator.services.accounts import accounts, api_tokens

    try:
        with app.database.write() as session:
            owner = accounts.find(session, name)
            made = api_tokens.create_token(
                session, owner, label, datetime.now(UTC), days, cast("TokenScope", scope)
            )
            record(session, "user.token", owner.name, f"{label}, {scope}")
    except (NotFound, InvalidInput) as error:
        fail(str(error))
    click.echo(made)


@user.command()
@click.argument("name")
@click.confirmation_option(prompt="Delete the account with its tags and stars?")
@click.pass_obj
def remove(app: App, name: str) -> None:
    """Close an account: sign the user out and delete their tags, stars and tokens."""
    from aggregator.services.accounts import accounts, audit

    try:
        with app.database.write() as session:
            closed = accounts.find(session, name)
            accounts.close(session, closed)
            record(session, "user.close", closed.name)
    except (NotFound, LastOperator) as error:
        fail(str(error))
    audit.log_change(audit.COMMAND_LINE, "close", closed)
    click.echo(f"{closed.name} no longer has an account")


def _password(*, stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")

    return str(
        click.prompt(
            f"Password (at least {MIN_PASSWORD} characters)",
            hide_input=True,
            confirmation_prompt="Confirm password",
        )
    )
