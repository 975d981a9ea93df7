"""The catalogues are complete: the same keys in each, every key used, every used key present."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from aggregator.parse.opml import PROBLEM_KINDS as OPML_PROBLEMS
from aggregator.process.feeds.health import ADVISORY_STATES, PROBLEM_KINDS, STATES
from aggregator.process.readers.packs import NAMED_SECTIONS
from aggregator.process.stories.agencies import AGENCIES
from aggregator.process.stories.insights import ROLES, STORY_KINDS
from aggregator.types import CHANGE_SIZES, OWNER_KINDS
from aggregator.types.audit import ACT_KINDS
from aggregator.types.sections import SECTIONS
from web.assets.scripts import BUNDLES, message_keys
from web.request.i18n import CATALOGUES, LANGUAGES, catalogue_path
from web.request.research import GROUPINGS, UNITS

ROOT = Path(__file__).parents[2]
ERROR_SOURCES = (
    "aggregator/errors.py",
    "aggregator/process",
    "aggregator/query",
    "aggregator/services",
    "web",
)

CALL = re.compile(
    r"""(?:_|gettext|translate|translate_count|plural_forms)\(\s*["']([a-z_.]+)["']"""
)
ERROR_KEY = re.compile(r'"(error\.[a-z_]+)"')
FIGURE = re.compile(r"%\(num\)s|\{n\}")
GLUED = re.compile(r"""\{\{ ?(?:_|ngettext)\("([a-z_.]+)"[^{}]*\}\}[ ,،]+\{\{ ?(?:_|ngettext)\(""")
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{n\}")

EXAMPLES = ("all", "or", "not", "phrase", "prefix", "title", "field")
# Keys built from values: templates and code contain only their prefixes.
MADE_UP_IN_CODE = {
    *(f"feed.error.{kind}" for kind in PROBLEM_KINDS),
    *(f"feed.advice.{kind}" for kind in PROBLEM_KINDS),
    "feed.advice.never_read",
    *(f"feed.advice.{state}" for state in ADVISORY_STATES),
    *(f"feed.status.{status}" for status in STATES),
    *(f"feed.status_text.{status}" for status in STATES),
    *(f"opml.problem.{kind}" for kind in OPML_PROBLEMS),
    *(f"ownership.{owner}" for owner in ("state", "party", "private", "public")),
    *(f"agency.{agency.lower().replace(' ', '_')}" for agency in AGENCIES),
    *(f"owner.kind.{kind}" for kind in OWNER_KINDS),
    *(f"section.{section}" for section in SECTIONS),
    *(f"research.{kind}_{unit}" for kind in ("per", "period") for unit in UNITS),
    *(f"research.{kind}_{each}" for kind in ("by", "group") for each in GROUPINGS),
    *(f"error.research_{unit}" for unit in UNITS),
    *(f"role.{role}" for role in ("reader", "editor", "operator")),
    *(f"account.scope.{scope}" for scope in ("read", "write")),
    *(f"ask.state.{state}" for state in ("open", "accepted", "declined")),
    *(f"ask.told.{state}" for state in ("accepted", "declined")),
    *(
        f"ask.problem.{kind}"
        for kind in (
            "no_address",
            "port",
            "scheme",
            "address",
            "too_many",
            "off",
            "declined",
            "no_feed",
            "private",
        )
    ),
    *(f"requests.done.{what}" for what in ("accept", "decline", "answered")),
    *(f"operate.done.{what}" for what in ("poll", "resume", "adopt")),
    *(f"{kind}.done" for kind in ("register", "invite", "setup")),
    *(f"people.done.{what}" for what in ("role", "close", "revoke")),
    *(
        f"account.saved.{what}"
        for what in (
            "password",
            "password_only",
            "identity",
            "unlinked",
            "email",
            "session",
            "sessions",
            "app",
            "token",
            "feed",
        )
    ),
    *(f"marked.{what}{many}" for what in ("read", "unread", "undone") for many in ("", "_many")),
    *(f"desk.done_{what}" for what in ("pin", "unpin", "up", "down", "remove", "restore")),
    *(f"topic.{part}" for part in ("state_draft", "state_published", "name", "about", "slug")),
    *(f"starred.{what}" for what in ("on", "off")),
    *(f"following.{what}" for what in ("on", "off", "unfollow")),
    *(f"muting.{what}{on}" for what in ("", "word_") for on in ("on", "off")),
    *(f"packs.{section}" for section in NAMED_SECTIONS),
    *(f"change.{size}" for size in CHANGE_SIZES),
    *(f"insights.kind.{kind}" for kind in STORY_KINDS),
    *(f"insights.role.{role}" for role in ROLES),
    *(f"audit.act.{kind}" for kind in ACT_KINDS),
    "tags.renamed",
    *(f"muting.{what}" for what in ("mute", "unmute")),
    *(f"search.{kind}.{what}" for kind in ("eg", "help") for what in EXAMPLES),
    *(f"tagged.{what}" for what in ("added", "removed")),
}


def load(language: str) -> Catalog:
    with catalogue_path(CATALOGUES, language).open("rb") as source:
        return read_po(source, locale=language)


CATALOGUE = {language: load(language) for language in LANGUAGES}


def key_of(message: object) -> str:
    key = getattr(message, "id", "")
    return key if isinstance(key, str) else key[0]


def keys(language: str) -> set[str]:
    return {key_of(message) for message in CATALOGUE[language] if message.id}


def used_keys() -> set[str]:
    found = {
        *MADE_UP_IN_CODE,
        *message_keys({name for modules in BUNDLES.values() for name in modules}),
    }
    for file in (*(ROOT / "templates").rglob("*.html"), *(ROOT / "web").rglob("*.py")):
        found.update(CALL.findall(file.read_text("utf-8")))
    for place in ERROR_SOURCES:
        path = ROOT / place
        for file in [path] if path.is_file() else path.rglob("*.py"):
            found.update(ERROR_KEY.findall(file.read_text("utf-8")))
    return {key for key in found if "." in key and not key.endswith(".")}


def forms(message: object) -> tuple[str, ...]:
    string = getattr(message, "string", "")
    return (string,) if isinstance(string, str) else tuple(string)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_all_catalogues_have_the_same_keys(language: str) -> None:
    assert keys(language) == keys("ar")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated(language: str) -> None:
    assert [
        key_of(message)
        for message in CATALOGUE[language]
        if message.id and (message.fuzzy or not all(forms(message)))
    ] == []


def test_every_used_key_is_translated() -> None:
    assert used_keys() - keys("ar") == set()


def test_every_key_is_used() -> None:
    assert keys("ar") - used_keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_messages_have_all_their_forms(language: str) -> None:
    expected = {"ar": 6, "fr": 2, "en": 2}[language]
    for message in CATALOGUE[language]:
        if message.pluralizable:
            assert len(forms(message)) == expected, key_of(message)


def test_arabic_chooses_the_form_that_the_language_asks_for() -> None:
    assert CATALOGUE["ar"].num_plurals == 6
    header = catalogue_path(CATALOGUES, "ar").read_text("utf-8")
    assert (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
        "n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
    ) in header


def test_arabic_counts_in_words_up_to_two_and_in_figures_from_three() -> None:
    for message in CATALOGUE["ar"]:
        if message.id and message.pluralizable:
            figures = [bool(FIGURE.search(form)) for form in forms(message)]
            assert figures == [False, False, False, True, True, True], key_of(message)


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_are_whole_and_not_pieces_to_be_joined(language: str) -> None:
    """Another language may want another order: only sentences stand side by side."""
    whole = {key_of(each): each for each in CATALOGUE[language] if each.id}
    pieces = [
        key for key, each in whole.items() if any(form != form.strip() for form in forms(each))
    ]
    assert pieces == ["list.comma"]
    for file in (ROOT / "templates").rglob("*.html"):
        for first in GLUED.findall(file.read_text("utf-8")):
            assert all(form.endswith(".") for form in forms(whole[first])), (file, first)


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_translations_fill_in_the_same_values(language: str) -> None:
    english = {key_of(message): message for message in CATALOGUE["en"]}
    for message in CATALOGUE[language]:
        key = key_of(message)
        if message.id:
            last, other = forms(message)[-1], forms(english[key])[-1]
            assert set(PLACEHOLDER.findall(last)) == set(PLACEHOLDER.findall(other)), key


def test_french_marks_keep_their_distance_without_breaking() -> None:
    for message in CATALOGUE["fr"]:
        for text in forms(message) if message.id else ():
            assert not re.search(r"[^\u00a0\u202f][:;!?»]|«[^\u00a0\u202f]", text), text
            assert "'" not in text, text


def test_arabic_is_written_without_latin_punctuation() -> None:
    for message in CATALOGUE["ar"]:
        for text in forms(message) if message.id else ():
            without_values = PLACEHOLDER.sub("", text)
            assert not re.search(r"[,;?ـ]|[٠-٩]", without_values), text


# Other words for things that have a name, as the head of each catalogue says.
OTHER_WORDS = {
    "ar": r"تغذية|تغذيات|تلقيم|الأشخاص|جرّب(?!وا)|تقصد(?!ون)",
    "fr": r"\bfils?\b|\bitems?\b|\bposts?\b|\btu\b|\btes\b",
    "en": r"\b[Ee]ntr(y|ies)\b|\bitems?\b|\bposts?\b|\be-mail\b",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_thing_has_one_name(language: str) -> None:
    other = re.compile(OTHER_WORDS[language])
    texts = (text for message in CATALOGUE[language] if message.id for text in forms(message))
    assert [text for text in texts if other.search(PLACEHOLDER.sub("", text))] == []
