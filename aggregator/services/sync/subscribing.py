"""Following and sorting from an app."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound
from aggregator.process.html.urls import feed_key
from aggregator.services.reading import folders, following, stories, tag_management, topics
from aggregator.services.search import saved
from aggregator.services.sync.followed import Followed, require_followed
from aggregator.services.sync.names import StreamName, SyncContext
from aggregator.storage.feeds.overview import source_refs, source_sites
from aggregator.storage.readers import subscriptions as store
from aggregator.storage.topics.topics import topic_by_id
from aggregator.types.limits import is_slug

_TOPIC_PATH = "/topics/"
# Endings of the addresses of a topic's feeds.
_FORMATS = (".atom", ".rss", ".json")


def find_address(session: Session, url: str, base_url: str) -> StreamName | None:
    """The source with this feed or site, or the topic whose page or feed it is."""
    if url.startswith(base_url + _TOPIC_PATH):
        return _find_topic(session, urlsplit(url).path.rpartition(_TOPIC_PATH)[2])
    key = feed_key(url)
    for source_id, known in store.list_feed_urls(session):
        if feed_key(known) == key:
            return StreamName("source", source_id)
    for source_id, site in source_sites(session, store.enabled_source_ids(session)).items():
        if feed_key(site) == key:
            return StreamName("source", source_id)
    return None


def subscribe(session: Session, context: SyncContext, name: StreamName, now: datetime) -> None:
    """Follow a source, topic or story; a no-op if it is followed. Raises NotFound."""
    reader = context.reader
    match name.kind:
        case "source":
            following.follow(session, reader, _slug(session, name.id), now)
        case "topic":
            slug = topic_by_id(session, name.id).content.slug
            topics.follow(session, reader, slug, True, now)
        case "story":
            stories.follow(session, reader, name.id, True, now, (context.language,))
        case "search":
            _require_search(session, context, name)
        case _:
            raise _no_subscription(name)


def unsubscribe(session: Session, context: SyncContext, name: StreamName, now: datetime) -> None:
    """Unfollow a source, topic or story; delete a saved search. Raises NotFound."""
    reader = context.reader
    match name.kind:
        case "source":
            following.unfollow(session, reader, _slug(session, name.id))
        case "topic":
            slug = topic_by_id(session, name.id).content.slug
            topics.follow(session, reader, slug, False, now)
        case "story":
            stories.follow(session, reader, name.id, False, now)
        case "search":
            saved.remove(session, reader, name.id)
        case _:
            raise _no_subscription(name)


def rename(session: Session, context: SyncContext, name: StreamName, title: str) -> None:
    """Rename a saved search; everything else has its name from others. Raises NotFound."""
    if name.kind == "search":
        saved.rename(session, context.reader, name.id, title)


def sort(
    session: Session,
    context: SyncContext,
    followed: Followed,
    name: StreamName,
    add: Sequence[str],
    remove: Sequence[str],
    now: datetime,
) -> None:
    """Put a source into one folder, or take it out; a source is in one folder at most.

    The folder of its country and language is where it is anyway. Raises NotFound, InvalidInput.
    """
    require_followed(followed, name)
    if name.kind != "source":
        return
    source = followed.sources.get(name.id)
    if source is None:
        raise NotFound("source", name.id)
    given = context.folder_names(source.country, source.language)
    added = [folder for folder in add if folder not in given]
    if added:
        folders.put_in_folder(session, context.reader, name.id, added[-1], now)
    elif followed.folders.get(name.id) in remove or any(folder in given for folder in add):
        folders.put_in_folder(session, context.reader, name.id, None, now)


def rename_label(
    session: Session, context: SyncContext, followed: Followed, old: str, new: str, now: datetime
) -> None:
    """Rename a folder or a tag; the folder of a country and language becomes the reader's own.

    Raises NotFound, InvalidInput.
    """
    reader = context.reader
    if folder := folders.folder_by_name(session, reader, old):
        folders.rename_folder(session, reader, folder.id, new)
        return
    try:
        tag_management.rename(session, reader, old, new, merge=True)
    except NotFound:
        ids = _sources_of_place(context, followed, old)
        if not ids:
            raise
        for source_id in sorted(ids):
            folders.put_in_folder(session, reader, source_id, new, now)


def delete_label(session: Session, context: SyncContext, followed: Followed, name: str) -> None:
    """Delete a folder, whose sources stay followed, or a tag. Raises NotFound, InvalidInput."""
    if folder := folders.folder_by_name(session, context.reader, name):
        folders.delete_folder(session, context.reader, folder.id)
    elif _sources_of_place(context, followed, name):
        raise InvalidInput("error.bad_request", "this folder is made of country and language")
    else:
        tag_management.remove(session, context.reader, name)


def _sources_of_place(context: SyncContext, followed: Followed, label: str) -> frozenset[int]:
    for (country, language), ids in followed.by_place.items():
        if label in context.folder_names(country, language):
            return ids
    return frozenset()


def _find_topic(session: Session, text: str) -> StreamName | None:
    slug = text.rstrip("/")
    for ending in _FORMATS:
        slug = slug.removesuffix(ending)
    if not is_slug(slug):
        return None
    try:
        return StreamName("topic", topics.find(session, slug).id)
    except NotFound:
        return None


def _slug(session: Session, source_id: int) -> str:
    source = source_refs(session, [source_id]).get(source_id)
    if source is None:
        raise NotFound("source", source_id)
    return source.slug


def _require_search(session: Session, context: SyncContext, name: StreamName) -> None:
    if all(search.id != name.id for search in saved.list_saved(session, context.reader)):
        raise NotFound("search", name.id)


def _no_subscription(name: StreamName) -> InvalidInput:
    return InvalidInput("error.bad_request", f"{name.kind}: only feeds can be subscribed to")
