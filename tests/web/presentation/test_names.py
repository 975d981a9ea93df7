"""Names, numbers and texts as pages show them."""

from __future__ import annotations

import pytest

from aggregator.types import FollowedSource
from tests.web.samples import ENTRY, HESPRESS, source
from web.presentation import names


@pytest.mark.usefixtures("arabic")
def test_names_in_arabic() -> None:
    assert names.language_name("ar") == "العربية"
    assert names.language_name("fr-MA") == "الفرنسية"
    assert names.language_name("qqq") == "Qqq"
    assert names.country_name("MA") == "المغرب"
    assert names.country_name("XX") == "XX"
    assert names.source_name(HESPRESS) == "هسبريس"


@pytest.mark.usefixtures("french")
def test_names_in_french_stand_alone_with_a_capital() -> None:
    assert names.language_name("ar") == "Arabe"
    assert names.language_name("ar", alone=False) == "arabe"
    assert names.country_name("DZ") == "Algérie"
    assert names.format_number(1234.56) == "1\u202f234,6"
    assert names.file_size(3_456_789) == "3,5\u00a0Mo"
    assert names.file_size(0) == ""


@pytest.mark.usefixtures("arabic")
def test_countries_begin_at_home() -> None:
    groups = names.by_country(source(code) for code in ("FR", "DZ", "MA", "EG", "TN", "MA"))
    assert [(code, len(group)) for code, group in groups] == [
        ("MA", 2),
        ("DZ", 1),
        ("TN", 1),
        ("FR", 1),
        ("EG", 1),
    ]


@pytest.mark.usefixtures("french")
def test_languages_begin_with_our_own() -> None:
    languages = ("zgh", "en", "es", "ar")
    sources = [HESPRESS._replace(language=language, country="MA") for language in languages]
    assert names.source_options(sources) == (("MA",), ("ar", "en", "zgh", "es"))
    groups = names.by_language(FollowedSource(each, 0) for each in sources)
    assert [code for code, _ in groups] == ["ar", "en", "zgh", "es"]


@pytest.mark.usefixtures("arabic")
def test_browsers_keep_their_order_in_an_arabic_sentence() -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    assert names.device(firefox) == "<bdi>Firefox</bdi> على <bdi>Linux</bdi>"
    assert names.device("curl/8") == "متصفح غير معروف"


def test_isolated_values_are_escaped() -> None:
    assert names.bdi("<b>") == "<bdi>&lt;b&gt;</bdi>"


def test_excerpts_end_between_words() -> None:
    assert names.excerpt("قصير.", 20) == "قصير."
    assert names.excerpt("كلمة أولى، ثم ثانية وثالثة", 12) == "كلمة أولى…"
    assert names.excerpt("كلمة " * 80, 500).endswith("كلمة…")


@pytest.mark.usefixtures("arabic")
def test_plural_forms_for_browsers_carry_the_names_of_intl() -> None:
    forms = names.plural_forms("fresh.entries")
    assert list(forms) == ["zero", "one", "two", "few", "many", "other"]
    assert forms["two"] == "مقالان جديدان"
    assert forms["many"] == "{n} مقالا جديدا"


@pytest.mark.usefixtures("arabic")
def test_an_untitled_post_is_headed_by_the_beginning_of_its_text() -> None:
    words = "أمطار غزيرة مرتقبة هذا المساء في الرباط وسلا والقنيطرة"
    short, long = (ENTRY._replace(title="", summary=text) for text in (words, f"{words} " * 4))
    assert names.title_of(ENTRY) == ENTRY.title
    assert names.title_of(short) == words
    assert names.lead_text(short, 140) == ""
    assert names.title_of(long).endswith("…")
    assert len(names.title_of(long)) <= names.MAX_OPENING + 1
    assert names.lead_text(long, 140).startswith(words)
    assert names.lead_text(ENTRY._replace(summary=words), 140) == words
    assert names.title_of(ENTRY._replace(title="")) == "بلا عنوان"
