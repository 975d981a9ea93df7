"""The audit log of operators' and editors' acts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, Response, render_template, request

from aggregator.services.operate import audit
from aggregator.types.audit import ACT_KINDS, Act, ActFilter
from aggregator.types.limits import MAX_ID
from web.feeds_out import table
from web.feeds_out.atom import rfc3339
from web.request import params
from web.request.auth import now, require_user
from web.request.changes import parse_day, site_zone, today
from web.request.database import read_session

blueprint = Blueprint("audit", __name__)

COLUMNS = ("id", "at", "actor", "via", "act", "target", "detail", "request_id")


@blueprint.get("/operate/audit")
def index() -> str:
    """List the acts, the latest first, narrowed by person, kind and day."""
    require_user("audit.read")
    before = params.integer(request.args, "before", 1, MAX_ID)
    page = audit.list_page(read_session(), _filter(), before)
    chosen = {name: request.args.get(name) or None for name in ("person", "kind", "day")}
    return render_template(
        "operate/audit.html", page=page, chosen=chosen, kinds=ACT_KINDS, today=today()
    )


@blueprint.get("/operate/audit.csv")
def rows() -> Response:
    """The same as a table, all pages in one."""
    require_user("audit.read")
    found = audit.list_rows(read_session(), _filter())
    response = Response(
        table.write_rows(COLUMNS, map(_row, found)),
        content_type=f"{table.CONTENT_TYPE}; charset=utf-8",
    )
    name = f"audit-{now():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _row(act: Act) -> tuple[object, ...]:
    return (
        act.id, rfc3339(act.at), act.actor, act.via, act.kind, act.target, act.detail,
        act.request_id,
    )  # fmt: skip


def _filter() -> ActFilter:
    """Read `person`, `kind` and `day`. Raises InvalidInput."""
    args = request.args
    kind = params.choice(args, "kind", ACT_KINDS) if args.get("kind") else None
    chosen = ActFilter(actor=args.get("person") or None, kind=kind)
    if not args.get("day"):
        return chosen
    begin = datetime.combine(parse_day(args["day"]), time(), site_zone())
    end = begin + timedelta(days=1)  # by the zone's clock, whatever daylight saving does
    return ActFilter(chosen.actor, kind, begin.astimezone(UTC), end.astimezone(UTC))
