"""Muted words and sources are stored once, in order, per reader."""

from __future__ import annotations

from datetime import timedelta

from aggregator.storage.engine import Database
from aggregator.storage.readers import mutes
from tests.builders import NOW, make_source, make_user


def test_put_list_and_take(database: Database) -> None:
    with database.write() as session:
        first, second = make_source(session, "a", position=1), make_source(session, "b")
        amina, brahim = make_user(session), make_user(session, "Brahim", "editor")
        for minute, word in enumerate(("كرة", "météo", "كرة")):
            mutes.mute_word(session, amina.id, word, NOW + timedelta(minutes=minute))
        for source_id in (first, second, second):
            mutes.mute_source(session, amina.id, source_id, NOW)
        mutes.mute_word(session, brahim.id, "كرة", NOW)
    with database.read() as session:
        found = mutes.mutes_of(session, amina.id)
        assert found.words == ("كرة", "météo")
        assert [source.slug for source in found.sources] == ["b", "a"]
    with database.write() as session:
        mutes.unmute_word(session, amina.id, "كرة")
        mutes.unmute_word(session, amina.id, "never there")
        mutes.unmute_source(session, amina.id, second)
        mutes.unmute_source(session, amina.id, second)
    with database.read() as session:
        found = mutes.mutes_of(session, amina.id)
        assert (found.words, [source.slug for source in found.sources]) == (("météo",), ["a"])
        assert mutes.mutes_of(session, brahim.id).words == ("كرة",)
