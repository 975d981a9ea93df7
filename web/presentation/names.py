"""Names, numbers and texts in words of the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from babel import Locale
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from aggregator.types import UNREAD_CAP, EntrySummary, Owner, Pack, SourceRef
from web.request.i18n import current_language, translate, translate_count

LOCALES = {"ar": Locale("ar", "MA"), "fr": Locale("fr"), "en": Locale("en", "GB")}
MAGHREB = ("MA", "DZ", "TN", "LY", "MR", "EH")
# Characters of a text that stand in place of a title.
MAX_OPENING = 90
# Texts from this many characters on that end inside a sentence were cut, by us or their publisher.
MIN_CUT = 150
SENTENCE_ENDS = (".", "!", "?", "؟", "»", "”", '"', ")")

# A number of each plural form.
ARABIC_SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"),
            ("SamsungBrowser", "Samsung"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


class HasSource(Protocol):
    """Anything with a source."""

    @property
    def source(self) -> SourceRef: ...


SourcedT = TypeVar("SourcedT", bound=HasSource)
ItemT = TypeVar("ItemT")


def format_number(value: float) -> str:
    """A number with the separators of the language; at most one decimal."""
    text = format_decimal(round(value, 1), locale=LOCALES[current_language()])
    return str(text)


def capped_count(count: int, cap: int = UNREAD_CAP) -> str:
    """A number of unread entries: empty for none, "999+" at the cap of counting."""
    return f"{cap - 1}+" if count >= cap else str(count or "")


def bdi(value: object) -> Markup:
    """`value` in <bdi>, isolated from the direction of the surrounding sentence."""
    return Markup("<bdi>{}</bdi>").format(value)


def isolated(text: str) -> str:
    """As `bdi`, for plain text: between U+2068 and U+2069."""
    return f"\u2068{text}\u2069"


def join_names(values: Sequence[object]) -> Markup:
    """Names side by side, each isolated, with the comma of the language."""
    return escape(translate("list.comma")).join(bdi(value) for value in values)


def language_name(code: str, *, alone: bool = True) -> str:
    """The name of a language in the reader's language; the code if CLDR has no name.

    `alone` gives it a capital: French writes "Arabe" as a label, "Maroc, arabe" in a list.
    """
    names = LOCALES[current_language()].languages
    name = names.get(code.replace("-", "_"), names.get(code.split("-")[0], code))
    return capitalized(name) if alone else name


def country_name(code: str) -> str:
    """The name of a country in the reader's language."""
    return str(LOCALES[current_language()].territories.get(code, code))


def capitalized(text: str) -> str:
    """Capitalize the first letter: French writes "arabe", but a label stands alone."""
    return text[:1].upper() + text[1:]


def source_name(source: SourceRef) -> str:
    """The name of a source in the reader's language."""
    return source.name.get(current_language())


def pack_name(pack: Pack) -> str:
    """The name of a pack: as configured, else by what its sources have in common."""
    if pack.name is not None:
        return pack.name.get(current_language())
    language = language_name(pack.language or "", alone=False)
    if pack.section is not None:
        return translate(f"packs.{pack.section}", language=language)
    if pack.country is None:
        return translate("packs.other_countries", language=language)
    if pack.country == "MA":
        return translate("packs.moroccan_press", language=language)
    return translate("packs.press", country=country_name(pack.country), language=language)


def file_size(length: int) -> str:
    """3,4 MB; empty if unknown."""
    if length <= 0:
        return ""
    if length < 1_000_000:
        return translate("size.kb", number=format_number(max(1, round(length / 1000))))
    return translate("size.mb", number=format_number(length / 1_000_000))


def excerpt(text: str, max_length: int = 220) -> str:
    """The beginning of a text, cut between words; "…" marks a cut."""
    if len(text) > max_length:
        text = text[:max_length].rsplit(" ", 1)[0]
    elif len(text) < MIN_CUT or text.endswith(SENTENCE_ENDS):
        return text
    return text.rstrip(" ،,.:;؛…") + "…"


def title_of(entry: EntrySummary) -> str:
    """The title of an entry; of an untitled post the beginning of its text."""
    return entry.title or opening(entry.summary) or translate("entry.untitled")


def opening(summary: str) -> str:
    """The beginning of a text, in place of a title."""
    return excerpt(summary, MAX_OPENING)


def lead_text(entry: EntrySummary, max_length: int) -> str:
    """The text below the headline; "" if the headline says all of it."""
    if not entry.title and len(entry.summary) <= MAX_OPENING:
        return ""
    return excerpt(entry.summary, max_length)


def section_name(name: str) -> str:
    """The name of a section in the reader's language."""
    return translate(f"section.{name}")


def device(user_agent: str) -> str:
    """Firefox on Linux."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        sentence = escape(translate("account.browser_on"))
        return sentence % {"browser": bdi(browser), "system": bdi(system)}
    return browser or system or translate("account.unknown_browser")


def agency_name(agency: str) -> str:
    """The name of a news agency, one of `AGENCIES`, as papers of the reader's language write it."""
    key = f"agency.{agency.lower().replace(' ', '_')}"
    name = translate(key)
    return agency if name == key else name


def ownership_name(ownership: str) -> str:
    """Who owns a source: state, party, private or public."""
    return translate(f"ownership.{ownership}")


def owner_name(owner: Owner) -> str:
    """The name of an owner in the reader's language."""
    return owner.name.get(current_language())


def owner_kind(kind: str) -> str:
    """What an owner is: state, party, private or public."""
    return translate(f"owner.kind.{kind}")


def role_name(role: str) -> str:
    """A role: reader, editor or operator."""
    return translate(f"role.{role}")


def plural_forms(key: str) -> dict[str, str]:
    """The plural forms of a message by their names in `Intl.PluralRules`."""
    samples = ARABIC_SAMPLES if current_language() == "ar" else {"one": 1, "other": 2}
    return {form: translate_count(key, n) for form, n in samples.items()}


def by_country(
    sources: Iterable[SourcedT],
) -> tuple[tuple[str, list[SourcedT]], ...]:
    """Group sources by country: Morocco, its neighbours, then the others by name."""
    return _grouped(sources, lambda each: each.source.country, country_order)


def sources_by_country(
    sources: Iterable[SourceRef],
) -> tuple[tuple[str, list[SourceRef]], ...]:
    """The same for sources by themselves."""
    return _grouped(sources, lambda source: source.country, country_order)


def by_language(
    sources: Iterable[SourcedT],
) -> tuple[tuple[str, list[SourcedT]], ...]:
    """Group sources by language: our own three, then the others by name."""
    return _grouped(sources, lambda each: each.source.language, language_order)


def _grouped(
    items: Iterable[ItemT],
    group: Callable[[ItemT], str],
    order: Callable[[str], tuple[int, str]],
) -> tuple[tuple[str, list[ItemT]], ...]:
    groups: dict[str, list[ItemT]] = {}
    for item in items:
        groups.setdefault(group(item), []).append(item)
    return tuple((code, groups[code]) for code in sorted(groups, key=order))


def source_options(sources: Iterable[SourceRef]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The countries and the languages of sources, in order, as choices of a filter."""
    countries = {source.country for source in sources}
    languages = {source.language for source in sources}
    return (
        tuple(sorted(countries, key=country_order)),
        tuple(sorted(languages, key=language_order)),
    )


def country_order(code: str) -> tuple[int, str]:
    """Sort key: Morocco first, then the Maghreb, then the world by name."""
    near = MAGHREB.index(code) if code in MAGHREB else len(MAGHREB)
    return (near, country_name(code))


def language_order(code: str) -> tuple[int, str]:
    """Sort key: our own languages first, then the others by name."""
    own = tuple(LOCALES)
    return (own.index(code) if code in own else len(own), language_name(code))
