"""The section of an article, by its categories and by its words."""

from __future__ import annotations

import pytest

from aggregator.process.analysis.word_features import analyze_text
from aggregator.process.sections.deciding import section_of_categories, section_of_words
from aggregator.process.sections.vocabulary import categories_by_key, vocabulary
from aggregator.types.sections import SECTIONS
from benchmarks.sections import MIN_PRECISION, labelled, scores


def by_words(title: str, text: str = "") -> str:
    head, body = analyze_text(title), analyze_text(text)
    return section_of_words(head[:2], body[:2])


@pytest.mark.parametrize(
    ("names", "section"),
    [
        (["رياضة"], "sport"),
        (["الرياضة", "أخبار"], "sport"),
        (["SPORTS"], "sport"),
        (["Actualité", "Économie"], "economy"),
        (["Actu économie"], "economy"),
        (["Politique et économie"], ""),
        (["International", "Football"], "sport"),
        (["Monde"], "world"),
        (["Middle East"], "region"),
        (["À la une", "Dossiers"], ""),
        ([], ""),
    ],
)
def test_categories(names: list[str], section: str) -> None:
    assert section_of_categories(names, {}) == section


def test_an_operator_adds_and_overrides_categories() -> None:
    extra = categories_by_key({"sport": ["Botola Pro"], "society": ["Les régions", "Culture"]})
    assert section_of_categories(["BOTOLA PRO"], extra) == "sport"
    assert section_of_categories(["Région"], extra) == "society"
    assert section_of_categories(["culture"], extra) == "society"


def test_a_theme_goes_before_a_place_and_morocco_before_both() -> None:
    assert by_words("Egypt beat Tunisia in Africa Cup semi-final") == "sport"
    assert by_words("Le parlement tunisien adopte une loi électorale") == "region"
    assert by_words("Le parlement marocain reçoit des députés tunisiens") == "politics"


def test_what_is_not_clear_has_no_section() -> None:
    assert by_words("صباح الخير") == ""
    assert by_words("") == ""
    assert by_words("Le ministre et le joueur") == ""


def test_a_short_stem_is_no_evidence() -> None:
    assert by_words("قمة عربية طارئة") == "politics"
    assert by_words("قم مبكرا") == ""


def test_every_section_has_words_and_categories_that_name_it() -> None:
    known = vocabulary()
    assert set(known.words.values()) == set(SECTIONS)
    assert set(known.categories.values()) == set(SECTIONS)


def test_labelled_headlines_of_each_language() -> None:
    articles = labelled()
    assert len(articles) >= 300
    for score in scores(articles):
        assert score.precision >= MIN_PRECISION, score
