"""Forgetting what has expired: sessions, invitations, links, sign-ins that were not completed."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.process.deadlines import SIGN_IN_FLOW_LIFETIME
from aggregator.storage import jobs
from aggregator.storage.accounts import (
    invites,
    passkeys,
    password_links,
    sessions,
    sign_in_flows,
    sign_in_steps,
    totp,
)
from aggregator.storage.engine import Database

RUN_INTERVAL = timedelta(days=1)
# How long operators see an invitation after it expired.
KEEP_EXPIRED_INVITES_FOR = timedelta(days=30)


def delete_expired_daily(database: Database, now: datetime) -> None:
    """Delete expired sessions, links and invitations, once a day per installation.

    Left to housekeeping, which waits while the clock is in doubt: signing in under a clock that is
    ahead would end the sessions of everyone else.
    """
    with database.write() as session:
        if jobs.claim_daily_run(session, "accounts", RUN_INTERVAL, now):
            sessions.delete_expired_sessions(session, now)
            password_links.delete_expired_links(session, now)
            sign_in_flows.delete_flows_before(session, now - SIGN_IN_FLOW_LIFETIME)
            sign_in_steps.delete_expired_steps(session, now)
            passkeys.delete_expired_challenges(session, now)
            totp.delete_unconfirmed(session, now)
            invites.delete_invites_before(session, now - KEEP_EXPIRED_INVITES_FOR)
