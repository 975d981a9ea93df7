"""Which stored times can be true. Pure: the time comes in as an argument.

A clock that was wrong for a while (a dead battery, a restored machine) leaves times that no right
clock could have written: a poll that is due in two years, an entry of next spring. Two rules make
them harmless wherever they are read:

- A wait has a longest possible length. A deadline further away than that counts as passed.
- Nothing that has happened happened in the future. Such times are brought back to now
  (`storage.clock_repair`).

| what waits                    | stored in                        | at most                     |
|-------------------------------|----------------------------------|-----------------------------|
| next poll                     | feeds.next_poll_at               | `PollPolicy.longest_wait`   |
| publisher or host backing off | feeds.not_before                 | `schedule.MAX_HOST_BACKOFF` |
| claim of a feed               | feeds.lease_until                | `schedule.LEASE_DURATION`   |
| next request to a hub         | websub_subscriptions.next_try_at | `websub.MAX_REQUEST_WAIT`   |
| subscription at a hub         | websub_subscriptions.lease_until | `websub.MAX_LEASE`          |
| look-up of an address         | source_lookups.lease_until       | `LOOKUP_LEASE`              |
| session of a browser          | sessions.expires_at              | `SESSION_LIFETIME`          |
| link for a forgotten password | password_links.expires_at        | `PASSWORD_LINK_LIFETIME`    |
| sign-in at a provider         | sign_in_flows.started_at         | `SIGN_IN_FLOW_LIFETIME`     |
| sign-in without second factor | sign_in_steps.expires_at         | `SIGN_IN_STEP_LIFETIME`     |
| challenge for a passkey       | spent_challenges.expires_at      | `CHALLENGE_LIFETIME`        |
| password asked again          | user_sessions.confirmed_at       | `CONFIRMATION_LIFETIME`     |
| setting up an app for codes   | totp_secrets.created_at          | `TOTP_SETUP_LIFETIME`       |
| invitation, pin, API token    | invites, …_pins, api_tokens:     | its own length              |
|                               | expires_at                       |                             |
| daily job                     | jobs.last_run_at                 | its interval                |
| rate limit                    | attempt_counts.ends_at           | the limit's window          |
| undo of marking               | read_undos.made_at               | `UNDO_WINDOW`               |

The audit log keeps its times as they were written: it is only added to.
Tombstones, deliveries waiting for a poller, app passwords, passkeys, recovery codes, personal feeds
and set-up links have no deadline.
Caches, the limits of `fetch.host_limiter` and the supervisor's pauses go by the monotonic clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

# Clocks of several machines may differ by this much before a time counts as impossible.
CLOCK_TOLERANCE = timedelta(minutes=10)
# How long a browser stays signed in without a visit.
SESSION_LIFETIME = timedelta(days=30)
# How long a sign-in that goes on at a provider may take.
SIGN_IN_FLOW_LIFETIME = timedelta(minutes=15)
# How long after signing in a change of the account needs no password, if there is none.
FRESH_SIGN_IN = timedelta(minutes=15)
# How long a poller may take to look up an address that a reader asked about.
LOOKUP_LEASE = timedelta(minutes=2)
# How long an operator's link to set a password works; a mailed one works for an hour.
PASSWORD_LINK_LIFETIME = timedelta(days=1)
# How long a sign-in waits for its second factor.
SIGN_IN_STEP_LIFETIME = timedelta(minutes=10)
# How long a passkey may take to answer; the page asks for a new challenge before.
CHALLENGE_LIFETIME = timedelta(minutes=10)
# How long a password that was asked again allows changes of how an account is signed in to.
CONFIRMATION_LIFETIME = timedelta(minutes=10)
# How long the secret of an authenticator app waits to be confirmed.
TOTP_SETUP_LIFETIME = timedelta(hours=1)


def is_past(deadline: datetime, now: datetime, longest: timedelta) -> bool:
    """Whether a wait of at most `longest` is over, or can only come from a clock that was wrong."""
    return deadline <= now or deadline > latest_deadline(now, longest)


def latest_deadline(now: datetime, longest: timedelta) -> datetime:
    """The latest end that a wait of at most `longest`, begun by now, can have."""
    return now + longest + CLOCK_TOLERANCE


def is_recent(moment: datetime, now: datetime, longest: timedelta) -> bool:
    """Whether something happened within `longest` before now; never if it is in the future."""
    return moment > now - longest and not is_in_future(moment, now)


def is_in_future(moment: datetime, now: datetime) -> bool:
    """Whether something is said to have happened when it cannot have yet."""
    return moment > now + CLOCK_TOLERANCE
