import pytest

from aggregator.keys import pack, unpack
from aggregator.process.analysis.story_features import story_features
from aggregator.process.stories.anchors import text_anchors, word_anchors
from aggregator.process.stories.idf import HALVE_AT, DocumentFrequencies
from aggregator.process.stories.reprints import containment
from aggregator.text.stems import stems
from aggregator.text.tokens import folded_words


def word_anchor(word):
    return word_anchors([word], stems([word]))[0]


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [("أخنوش", "Akhannouch"), ("البوغاز", "Boughaz"), ("تيزران", "Tizrane")],
)
def test_a_name_is_the_same_in_both_scripts(arabic, latin):
    (word,) = folded_words(arabic)
    assert word_anchor(word) in text_anchors(f"à {latin}")


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [("الرباط", "Rabat"), ("بوجدة", "Oujda"), ("للرشيدية", "Errachidia"), ("بآسفي", "Safi"),
     ("ومكناس", "Meknès"), ("فرنسي", "France")],
)  # fmt: skip
def test_a_known_place_is_the_same_in_both_scripts_after_a_preposition(arabic, latin):
    assert word_anchor(folded_words(arabic)[0]) == word_anchor(folded_words(latin)[0])


def test_notions_and_figures_are_the_same_in_three_languages():
    assert word_anchor("صويره") == word_anchor("essaouira")
    assert word_anchor("زلزال") == word_anchor("seisme") == word_anchor("earthquake")
    figures = [text_anchors(text) for text in ("١٧٠٠ تلميذ", "1 700 élèves", "1,700 pupils")]
    assert [[each for each in found if each[0] == "n"] for found in figures] == [["n1700"]] * 3
    assert text_anchors("11,6 %") == text_anchors("11.6%")


def test_names_are_those_anchors_that_name_places_and_people():
    french = story_features("", "Le bus venait d’Aghbala, dit Driss Tazi. Les blessés dorment.")
    arabic = story_features("حادثة سير قرب أغبالة", "قال إدريس التازي إن الحافلة نجت.")
    assert len(set(unpack("I", french.names))) == 2  # Tazi has too few consonants
    assert set(unpack("I", french.names)) == set(unpack("I", arabic.names))


def test_issues_of_a_rubric_have_one_form_and_a_score_is_read_whoever_is_named_first():
    monday, tuesday = (
        story_features(f"أسعار الخضر ليوم {day}", "") for day in ("3 نونبر", "4 دجنبر")
    )
    assert monday.form == tuesday.form
    assert monday.figures != tuesday.figures
    assert (
        story_features("تيزران يفوز (2-0)", "").score
        == story_features("Défaite 0–2", "").score
        != 0
    )


@pytest.mark.parametrize(
    ("title", "serial"),
    [
        ("مواقيت الصلاة بالرباط", True),
        ("مباشر.. ديربي طنجة دقيقة بدقيقة", True),
        ("EN DIRECT - Le conseil de gouvernement", True),
        ("Direct : le derby de Tanger", True),
        ("Live: derby in Tangier", True),
        ("افتتاح متحف بتامنت", False),
        ("رصد 320 مليون درهم لتأهيل المدينة العتيقة", False),
        ("حصاد القمح يتجاوز التوقعات", False),
        ("Direct Fes–Oujda trains to cut journey", False),
        ("Live music returns to the Alhambra", False),
    ],
)
def test_what_goes_on_every_day_or_all_day_says_so(title, serial):
    assert story_features(title, "").serial is serial


def test_a_text_in_part_is_kin_and_a_short_one_never():
    text = [f"w{number}" for number in range(80)]
    assert containment(text, [*text[:40], *(f"x{number}" for number in range(20))]) > 0.6
    assert containment(text[:10], text[:10]) == 0.0


def test_packed_numbers_come_back():
    assert list(unpack("Q", pack("Q", [0, 2**63]))) == [0, 2**63]


def test_frequencies_are_kept_and_forget_in_time():
    known, five, both = DocumentFrequencies(), pack("I", [5]), pack("I", [5, 6])
    for _ in range(HALVE_AT - 1):
        known.count(five)
    again = DocumentFrequencies(known.saved())
    assert again.weights(both, b"\1\1") == known.weights(both, b"\1\1")
    assert again.weights(both, b"\1\1")[6] > 0.99
    again.count(five)
    assert again.articles == HALVE_AT // 2
