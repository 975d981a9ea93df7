"""Checks of an installation, each with what to do about what it finds."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from aggregator.process.deadlines import CLOCK_TOLERANCE
from aggregator.storage import checkup
from aggregator.storage.engine import Database, driver_error
from aggregator.storage.replica import Problem, Replica
from aggregator.storage.schema import current_revision, head_revision, known_revisions
from aggregator.storage.search import indexing
from aggregator.types.diagnosis import Finding, StoredTimes
from aggregator.types.monitoring import Space

# A poll may be this late before it counts as overdue: twice what a busy poller needs.
MAX_LAG = timedelta(minutes=10)
# Hosts to look up, and how long all of them may take together.
MAX_HOSTS = 5
DNS_TIMEOUT_S = 5.0
# A clock behind this cannot be right: nothing of this program is older.
PROGRAM_DATE = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
# How often a replica that is late is looked at again, a second apart.
CATCH_UP_CHECKS = 5
MIB = 1024**2

Check = Callable[[Session, datetime, timedelta], Finding]


def disk_space(folder: Path) -> Space:
    """The space of the file system of a folder."""
    usage = shutil.disk_usage(folder)
    return Space(usage.total, usage.free)


# --- outside of the database ---------------------------------------------------------------------


def check_disk(folder: Path, needed: int, space: Callable[[Path], Space] = disk_space) -> Finding:
    """Whether the disk has room; `needed`: bytes of the database, of which a migration or a backup
    makes a copy."""
    try:
        total, free = space(folder)
    except OSError as error:
        return Finding("disk", "error", f"{folder}: {error.strerror}", "create the folder")
    shown = f"{free // MIB:,} MiB of {total // MIB:,} MiB are free in {folder}"
    if free < 100 * MIB:
        return Finding("disk", "error", shown, "make room now: soon nothing can be stored")
    if free < max(needed, total // 20):
        advice = "make room, or set retention.keep; a backup needs as much space as the database"
        return Finding("disk", "warning", shown, advice)
    return Finding("disk", "ok", shown)


def check_dns(
    hosts: Sequence[str],
    resolve: Callable[[str], object] = lambda host: socket.getaddrinfo(host, 443),
    timeout_s: float = DNS_TIMEOUT_S,
) -> Finding:
    """Whether names of publishers can be looked up."""
    names = [host for host in dict.fromkeys(hosts) if _is_name(host)][:MAX_HOSTS]
    if not names:
        return Finding("DNS", "ok", "no feed has a name to look up")
    pool = ThreadPoolExecutor(len(names))
    looked_up = {pool.submit(resolve, name): name for name in names}
    wait(looked_up, timeout_s)
    pool.shutdown(wait=False, cancel_futures=True)
    lost = [name for done, name in looked_up.items() if not done.done() or done.exception()]
    if len(lost) == len(names):
        advice = "check the network and /etc/resolv.conf; until then no feed can be polled"
        return Finding("DNS", "error", f"no name can be looked up: {', '.join(lost)}", advice)
    if lost:
        advice = "check the addresses of their feeds"
        return Finding("DNS", "warning", f"cannot be looked up: {', '.join(lost)}", advice)
    return Finding("DNS", "ok", f"{len(names)} names can be looked up")


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False


# --- the read replica ----------------------------------------------------------------------------


def check_replica(replica: Replica, pause: Callable[[float], object] = time.sleep) -> Finding:
    """Whether visitors can read from the replica; it has a few seconds to catch up."""
    state = replica.check()
    for _ in range(CATCH_UP_CHECKS):
        if state.problem != "late":
            break
        pause(1)
        state = replica.check()
    if not state.problem:
        return Finding("replica", "ok", f"{replica.shown_url} is up to date")
    message = f"{replica.shown_url} is not read from: {state.detail}"
    return Finding("replica", "warning", message, _REPLICA_ADVICE[state.problem])


_REPLICA_ADVICE: dict[Problem, str] = {
    "down": "check database.read_url, and that the server runs; the primary answers meanwhile",
    "not a standby": "name a streaming standby in database.read_url; see docs/scaling.md",
    "old schema": "wait until it has replayed the migration; it has to follow database.url",
    "late": "look into its log, and into pg_stat_replication on the primary",
}


# --- the database --------------------------------------------------------------------------------


def check_database(database: Database, now: datetime, longest: timedelta) -> Iterator[Finding]:
    """All checks of the database, as far as its schema allows.

    `longest`: the longest wait for a next poll (`PollPolicy.longest_wait`).
    """
    try:
        schema = _check_schema(database)
        yield schema
        if schema.status == "error":
            return
        for check in _CHECKS:
            with database.read() as session:
                yield check(session, now, longest)
    except SQLAlchemyError as error:
        shown = f"{database.shown_url}: {' '.join(str(driver_error(error)).split())}"
        advice = "check database.url, and that the server runs or the file is readable"
        if "malformed" in shown or "not a database" in shown:
            advice = "stop Marsad and restore the last backup: marsad restore FILE"
        yield Finding("database", "error", shown, advice)


def _check_schema(database: Database) -> Finding:
    revision, head = current_revision(database), head_revision()
    if revision == head:
        return Finding("migrations", "ok", f"the schema is at revision {head}")
    if revision is None:
        shown, advice = "the database is empty", "marsad migrate"
    elif revision in known_revisions():
        shown = f"the schema is at revision {revision}; this version needs {head}"
        advice = "make a backup, then: marsad migrate"
    else:
        shown = f"the schema is at revision {revision}, of a newer version"
        advice = "install that version, or restore an older backup"
    return Finding("migrations", "error", shown, advice)


def _check_integrity(session: Session, _now: datetime, _longest: timedelta) -> Finding:
    damage = checkup.find_damage(session)
    if damage:
        advice = "stop Marsad, keep a copy of the file, and restore the last backup"
        return Finding("integrity", "error", "; ".join(damage), advice)
    return Finding("integrity", "ok", "no damage was found")


def _check_index(session: Session, _now: datetime, _longest: timedelta) -> Finding:
    state = checkup.index_state(session)
    if state.damaged or state.missing:
        shown = f"{state.missing} of {state.entries} entries are missing, {state.damaged} damaged"
        return Finding("search index", "error", shown, "marsad doctor --reindex")
    if state.waiting_up_to:
        shown = "older entries are still to be indexed"
        return Finding("search index", "ok", f"{shown}, by the running poller")
    return Finding("search index", "ok", f"all {state.entries} entries can be found")


def _check_polling(session: Session, now: datetime, longest: timedelta) -> Finding:
    state = checkup.polling_state(session, now, longest, MAX_LAG)
    if not state.feeds:
        return Finding("polling", "warning", "there are no feeds", "add a [[source]] to the config")
    if state.last_polled_at is None or state.overdue == state.feeds:
        last = f"{state.last_polled_at:%Y-%m-%d %H:%M} UTC" if state.last_polled_at else "never"
        advice = "start marsad run, or marsad poll, and look into its log"
        return Finding("polling", "error", f"no feed is being polled; last: {last}", advice)
    if state.overdue:
        shown = f"{state.overdue} of {state.feeds} feeds are more than {MAX_LAG} late"
        advice = "raise polling.concurrency, or start another marsad poll"
        return Finding("polling", "warning", shown, advice)
    return Finding("polling", "ok", f"{state.feeds} feeds are polled on time")


def _check_leases(session: Session, now: datetime, longest: timedelta) -> Finding:
    stuck = checkup.polling_state(session, now, longest, MAX_LAG).stuck
    if stuck:
        advice = "restart the poller; expired claims do not keep others from polling these feeds"
        return Finding("leases", "warning", f"{stuck} feeds are claimed and not released", advice)
    return Finding("leases", "ok", "no claim of a feed is stuck")


def _check_clock(session: Session, now: datetime, _longest: timedelta) -> Finding:
    wrong = next(_clock_faults(checkup.stored_times(session), now), None)
    if wrong:
        advice = "set the clock and run NTP (timedatectl set-ntp true); see docs/clocks.md"
        return Finding("clock", "error", wrong, advice)
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC agrees with what is stored")


def _clock_faults(times: StoredTimes, now: datetime) -> Iterator[str]:
    if now < PROGRAM_DATE:
        yield f"{now:%Y-%m-%d %H:%M} UTC is before this program was written"
    if times.server_now is not None and abs(times.server_now - now) > CLOCK_TOLERANCE:
        yield f"differs by {abs(times.server_now - now)} from the database server's"
    written = [time for time in (times.last_job_at, times.latest_fetch_at) if time is not None]
    if written and max(written) > now + CLOCK_TOLERANCE:
        yield f"is behind {max(written):%Y-%m-%d %H:%M} UTC, when something was stored"


_CHECKS: tuple[Check, ...] = (
    _check_integrity,
    _check_index,
    _check_clock,
    _check_polling,
    _check_leases,
)


def reindex(session: Session) -> str:
    """Have the running poller mend the search index; what will happen.

    Entries that are missing are added; a damaged index is made from the beginning. Takes an
    exclusive transaction.
    """
    state = checkup.index_state(session)
    if state.damaged or indexing.is_renewed(session):
        indexing.empty(session)
        return f"the poller indexes all {state.entries} entries from now on"
    indexing.look_again(session)
    return f"the poller indexes {state.missing} missing entries from now on"
