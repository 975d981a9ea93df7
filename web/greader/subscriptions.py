"""Subscriptions: listing, following, sorting into folders, OPML."""

from __future__ import annotations

from flask import Response, jsonify, request

from aggregator.errors import InvalidInput, MarsadError, ParseError
from aggregator.parse.feed_urls import mend_feed_url
from aggregator.parse.opml import write_opml
from aggregator.services.reading import source_requests, subscription_opml
from aggregator.services.sync import subscribing
from aggregator.services.sync.followed import list_subscriptions, load_followed
from aggregator.services.sync.names import StreamName
from web.greader.access import reader
from web.greader.context import sync_context
from web.greader.ids import feed_url, has_number, parse_stream_id, stream_id
from web.greader.parameters import Parameters, parameters
from web.greader.presenters import present_subscription
from web.greader.routes import ok, reads, writes
from web.presentation.names import country_name
from web.request import params
from web.request.auth import now, require
from web.request.database import database, read_session, settings, write_session
from web.request.i18n import translate
from web.state import app_state

MAX_SUBSCRIPTIONS_PER_EDIT = 500
# For how long an app waits until a poller has looked at an address.
ASK_WAIT_S = 3.0


@reads("subscription/list")
def list_all() -> Response:
    """Everything that the reader follows."""
    session, context = read_session(), sync_context()
    found = list_subscriptions(session, context, load_followed(session, context))
    numbered = [each for each in found if has_number(each.name)]
    return jsonify(
        subscriptions=[present_subscription(each, i) for i, each in enumerate(numbered, 1)]
    )


@writes("subscription/edit")
def edit() -> Response:
    """Follow, unfollow, rename or sort subscriptions."""
    given = parameters()
    action = params.choice({"ac": given.one("ac")}, "ac", ("subscribe", "unsubscribe", "edit"))
    streams = given.many("s")
    if not 0 < len(streams) <= MAX_SUBSCRIPTIONS_PER_EDIT:
        raise params.invalid_param("s", f"1 to {MAX_SUBSCRIPTIONS_PER_EDIT} subscriptions")
    for index, text in enumerate(streams):
        name = _known_stream(text)
        if action == "unsubscribe":
            with write_session() as session:
                subscribing.unsubscribe(session, sync_context(), name, now())
            continue
        if action == "subscribe":
            with write_session() as session:
                subscribing.subscribe(session, sync_context(), name, now())
        _sort(name, given, index)
    return ok()


@writes("subscription/quickadd")
def quick_add() -> Response:
    """Follow the source behind an address, or the topic whose address it is."""
    given = parameters().one("quickadd").strip()
    url = feed_url(given) or given
    if not url:
        raise params.invalid_param("quickadd", "the address of a feed")
    try:
        name = _known_source(url)
    except MarsadError as error:
        response = jsonify(query=url, numResults=0, error=str(error))
        response.status_code = 400
        return response
    with write_session() as session:
        context = sync_context()
        subscribing.subscribe(session, context, name, now())
        followed = list_subscriptions(session, context, load_followed(session, context))
    title = next((each.title for each in followed if each.name == name), url)
    return jsonify(query=url, numResults=1, streamId=stream_id(name), streamName=title)


@writes("subscription/import")
def import_opml() -> Response:
    """Follow the sources in an OPML document."""
    if request.mimetype == "multipart/form-data":
        data = b"".join(file.read() for file in request.files.values())
    else:
        data = request.get_data(parse_form_data=False)
    try:
        with write_session() as session:
            subscription_opml.import_followed(session, reader(), data, now())
    except ParseError as error:
        raise InvalidInput("error.opml", str(error)) from error
    return ok()


@reads("subscription/export")
def export_opml() -> Response:
    """What the reader follows as OPML."""
    outlines = subscription_opml.export_followed(
        read_session(),
        reader(),
        subscription_opml.own_name,
        lambda source: country_name(source.country),
    )
    document = write_opml(translate("following.opml_title"), outlines)
    return Response(document, content_type="text/x-opml; charset=utf-8")


def _known_stream(text: str) -> StreamName:
    """The stream of an id, or of the address of a feed that is known here."""
    url = feed_url(text)
    return parse_stream_id(text) if url is None else _known_source(url)


def _known_source(url: str) -> StreamName:
    """The source or topic at an address as written; else the source is asked for."""
    mended, _ = mend_feed_url(url)
    found = subscribing.find_address(read_session(), mended or url, settings().base_url)
    return found or _ask_for(url)


def _ask_for(url: str) -> StreamName:
    """Ask for the source behind an address: the source, if it is there after all.

    Else raises InvalidInput with what became of it: apps know no answer for "later".
    """
    require("source.ask")
    asked = source_requests.ask_for_source(
        database(), reader(), url, app_state().max_requests, now(), wait_s=ASK_WAIT_S
    )
    if asked.source is not None:
        return StreamName("source", asked.source.id)
    key = asked.key or ("ask.requested" if asked.state == "requested" else "ask.looking")
    raise InvalidInput(key, f"{translate(key)} {url[:300]}")


def _sort(name: StreamName, given: Parameters, index: int) -> None:
    """Rename a subscription, and put it into the folder that the app names."""
    titles = given.many("t")
    add, remove = _labels(given, "a"), _labels(given, "r")
    with write_session() as session:
        context = sync_context()
        if index < len(titles) and titles[index]:
            subscribing.rename(session, context, name, titles[index])
        if add or remove:
            followed = load_followed(session, context)
            subscribing.sort(session, context, followed, name, add, remove, now())


def _labels(given: Parameters, parameter: str) -> list[str]:
    """The labels among the streams in a parameter."""
    names = map(parse_stream_id, given.many(parameter))
    return [name.label for name in names if name.kind == "label"]
