"""A newsroom with one of everything that the values of `routes` name."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from aggregator.services.accounts import api_tokens, app_passwords, invites, password_links
from aggregator.services.desk import topics
from aggregator.services.desk.backfill import run_backfill
from aggregator.services.ingest import assign_stories, index
from aggregator.services.reading import folders, following, personal_feeds, tagging
from aggregator.services.search import saved
from aggregator.storage.accounts.users import list_users
from aggregator.storage.engine import Database
from aggregator.storage.feeds import websub
from aggregator.storage.models import WebsubSubscription
from aggregator.storage.readers import source_lookups, source_requests
from aggregator.types import LocalizedText, TopicContent, UnplacedEntry, User
from tests.builders import a_found_feed, make_feed, make_source, store_entries
from tests.revising import revise
from tests.stories import FOUR
from tests.web.routes import DAY, HUB_TOPIC
from web.request.auth import now


def populate(database: Database) -> dict[str, str]:
    """Add to the newsroom what `routes` names; the secrets that stand in for capitals."""
    with database.read() as session:
        (operator,) = (user for user in list_users(session) if user.role == "operator")
    index.index_backlog(database, pause=lambda _: None)
    _tell_a_story(database)
    with database.write_exclusive() as session:
        water = TopicContent("water", LocalizedText(ar="الماء"), rule="سدود", state="published")
        topics.create(session, operator, water, now())
        topics.add_note(session, operator, "water", "للمراجعة", now())
    run_backfill(database, now())
    with database.write() as session:
        revise(session, 1, title="امتلاء 3 سدود", now=now())
        following.follow(session, operator, "hespress", now())
        folders.put_in_folder(session, operator, 1, "جرائد", now())
        tagging.add_tags(session, operator, 1, "ماء", now())
        saved.save(session, operator, "سدود", "", "ar", now())
        _ask_for_a_source(session, operator)
        websub.request_subscription(session, 1, "https://hub.example/", HUB_TOPIC, now())
        session.execute(update(WebsubSubscription).values(requested_at=now()))
        (subscription,) = websub.due_subscriptions(session, now(), 1)
        websub.mark_active(session, subscription.token, now() + DAY, now() + DAY)
        return {
            "INVITE": invites.create_invite(session, operator, "للتحرير", "reader", 7, now()),
            "HUB": subscription.token,
            "FEED": personal_feeds.create(session, operator, "tag", "ماء", now()).secret,
            "PASSWORD_LINK": password_links.create_link(session, operator, now()),
            "TOKEN": api_tokens.create_token(session, operator, "هاتفي", now(), scope="write"),
            "APP": app_token(session, operator),
        }


def _ask_for_a_source(session: Session, reader: User) -> None:
    """Request 1, and look-up 1 with another feed to choose."""
    feed = a_found_feed("https://new.example/feed")
    request_id = source_requests.save_request(session, feed.url, feed, now())
    source_requests.add_asker(session, request_id, reader.id, feed.url, now())
    other = a_found_feed("https://other.example/feed")
    id_ = source_lookups.insert_lookup(session, reader.id, other.url, now(), takes_first=False)
    source_lookups.finish(session, id_, "choice", now(), found=[other])


def app_token(session: Session, user: User) -> str:
    """The token of an app of a user."""
    password = app_passwords.create(session, user, "هاتفي", now())
    return app_passwords.token_of(password)


def _tell_a_story(database: Database) -> None:
    """Entries 4 to 7, story 4."""
    for number, entry in enumerate(FOUR):
        with database.write_exclusive() as session:
            source = make_source(session, f"source-{number}", position=9 + number)
            feed = make_feed(session, source, f"https://{number}.example/feed")
            (id_,) = store_entries(session, feed, entry)
            assign_stories.assign_stories(session, [UnplacedEntry(id_, entry.story)])
