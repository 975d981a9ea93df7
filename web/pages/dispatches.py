"""Agency dispatches: who printed one, and the agencies with their figures."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request

from aggregator.errors import NotFound
from aggregator.process.stories.agencies import agency_slug
from aggregator.services.reading import dispatches
from aggregator.services.reading.dispatches import PERIODS
from aggregator.types.limits import is_slug
from web.feeds_out import table
from web.feeds_out.atom import rfc3339
from web.feeds_out.formats import csv_response
from web.request import params
from web.request.auth import now, require
from web.request.database import read_session, settings
from web.request.dispatches import DEFAULT_PERIOD_OF_ALL, parse_period, parse_scope
from web.request.list_context import reset_list_context

blueprint = Blueprint("dispatches", __name__)

_PRINT_COLUMNS = (
    "id", "published_at", "source", "title", "credited", "delay_minutes", "form", "share", "page",
)  # fmt: skip
_SOURCE_COLUMNS = ("source", "prints", "with_credit", "without_credit")


@blueprint.get("/agencies")
def index() -> str:
    """List the agencies whose dispatches were seen in the last days."""
    require("entry.read")
    days = parse_period(request.args, DEFAULT_PERIOD_OF_ALL)
    return render_template(
        "dispatches/agencies.html",
        agencies=dispatches.list_agencies(read_session(), now(), days),
        days=days,
        periods=PERIODS,
        agency_slug=agency_slug,
    )


@blueprint.get("/agencies/<slug>")
def agency(slug: str) -> str:
    """One agency: volume, uptake, delay, who prints it and with what credit."""
    require("entry.read")
    reset_list_context()
    return render_template(
        "dispatches/agency.html", agency=_agency(slug), slug=slug, periods=PERIODS
    )


@blueprint.get("/agencies/<slug>/dispatches")
def agency_dispatches(slug: str) -> str:
    """The dispatches or prints that a figure of an agency counts."""
    require("entry.read")
    reset_list_context()
    if not is_slug(slug):
        raise NotFound("agency", slug)
    scope = parse_scope(slug, request.args)
    cursor = params.cursor(request.args)
    return render_template(
        "dispatches/list.html",
        scope=scope,
        found=dispatches.list_dispatches(read_session(), scope, now(), cursor),
    )


@blueprint.get("/agencies/<slug>.csv")
def agency_csv(slug: str) -> Response:
    """Serve the sources that print an agency as a table."""
    require("entry.read")
    view = _agency(slug)
    rows = (
        (source.slug, sums.prints, sums.prints - sums.uncredited, sums.uncredited)
        for source, sums in view.sources
    )
    return csv_response(table.write_rows(_SOURCE_COLUMNS, rows), slug, now())


@blueprint.get("/dispatches/<int:entry_id>")
def show(entry_id: int) -> Response:
    """A dispatch and its prints; the id of a print redirects to its dispatch."""
    require("entry.read")
    reset_list_context()
    found = dispatches.get_dispatch(read_session(), entry_id)
    if found.id != entry_id:
        # Not for ever: the agency's own entry may still take the place of the first print.
        return make_response(redirect(f"{request.script_root}/dispatches/{found.id}", 302))
    return make_response(
        render_template(
            "dispatches/show.html", dispatch=found, agency_slug=agency_slug(found.agency)
        )
    )


@blueprint.get("/dispatches/<int:entry_id>.csv")
def show_csv(entry_id: int) -> Response:
    """Serve the prints of a dispatch as a table."""
    require("entry.read")
    found = dispatches.get_dispatch(read_session(), entry_id)
    rows = (
        (
            each.entry.id,
            rfc3339(each.entry.published_at),
            each.entry.source.slug,
            each.entry.title,
            int(each.credited),
            "" if each.delay is None else each.delay,
            each.form or "",
            "" if each.share is None else f"{each.share:.2f}",
            f"{settings().base_url}/entries/{each.entry.id}",
        )
        for each in found.prints
    )
    return csv_response(table.write_rows(_PRINT_COLUMNS, rows), f"dispatch-{found.id}", now())


def _agency(slug: str) -> dispatches.AgencyView:
    if not is_slug(slug):
        raise NotFound("agency", slug)
    return dispatches.get_agency(read_session(), slug, now(), parse_period(request.args))
