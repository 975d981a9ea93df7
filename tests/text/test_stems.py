"""Forms of a word share a stem, and other words have others."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.arabic_stems import bare_word
from aggregator.text.function_words import is_function_word
from aggregator.text.normalize import fold_word
from aggregator.text.stems import stem, stems
from aggregator.text.word_lists import word_groups, word_lists

ARABIC = st.text("ابتجحخدرسصعفقكلمنهويء", min_size=1, max_size=9)


@pytest.mark.parametrize(
    "forms",
    [
        "المغرب والمغرب بالمغرب للمغرب وبالمغرب فالمغرب كالمغرب وللمغرب مغرب المغربي المغربية"
        " مغربية والمغربي ومغرب لمغرب بمغرب المغربيين المغربيات",
        "حكومة الحكومة والحكومة بالحكومة للحكومة الحُكُومَة الحكومه حكومات حكومتهم حكومته",
        "وزارة الوزارة لوزارة بوزارة ولوزارة وزارتنا كوزارة الوزارات",
        "انتخاب انتخابات الانتخابات والانتخابات الانتخابي للانتخابات",
        "وزراء الوزراء والوزراء للوزراء وزرا وزير وزيرا وزرائه",
        "ماء الماء والماء بالماء ماءها",
        "برلمان البرلمان والبرلمان بالبرلمان للبرلمان برلمانيا البرلمانيون",
        "لجنة اللجنة للجنة بلجنة لجنتها لجان واللجان",
        "ولاية بولاية ولايتين الولايات ولايته",
        "التزام الالتزام بالتزام لالتزام والتزام للالتزام التزاماتها",
        "وكالة الوكالة وكالتهم بوكالة",
        "سماء السماء سمائها سما",
        "مبادئ مبادىء المبادئ مبدأ",
        "مطر أمطار والأمطار",
        "امرأة المرأة نساء",
        "أغنية أغاني الأغنية",
        "مسؤول مسئول المسؤولين",
        "صياد صيادو صيادون صيادين",
        "صحراء صحراوي الصحراوية",
        "بزاف بزاااف",
        "espagnol espagnols espagnole espagnoles Espagnole",
        "acteur actrice acteurs actrices",
        "publié publiée publient publier",
        "heureux heureuse",
        "premier première premiers",
        "journal journaux",
        "algérien algérienne algériens algériennes",
        "élu élue élus élues",
        "réseau réseaux",
        "jeu jeux",
        "country countries",
        "match matches",
        "price prices",
        "woman women",
    ],
)
def test_forms_of_one_word(forms: str) -> None:
    assert len({stem(fold_word(form)) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    "pair",
    [
        "news new", "Paris pari", "press pres", "cours cour", "France franc", "mer mère",
        "gare garer", "سلا كسلا", "الماء ما", "وزارة زار", "لبنان بن", "ولاية لا", "شرطة شرط",
        "دورة دور", "عملة عمل", "خطة خط", "بلدية لدى", "فلسطين طين", "ورد رد", "وردة ردة",
        "امرأة أمير", "الكان كان", "ناسا الناس", "السيدا السيد", "الخميسات الخميس",
        "الداخلة الداخل", "المحمدية محمد", "فرقة فرق",
    ],
)  # fmt: skip
def test_other_words_stay_apart(pair: str) -> None:
    one, other = pair.split()
    assert stem(fold_word(one)) != stem(fold_word(other))


@pytest.mark.parametrize("word", ["", "و", "ال", "لل", "ه", "s", "es", "2026", "ء", "ⵎⵓⵔⴰⴽⵓⵛ"])
def test_nothing_vanishes(word: str) -> None:
    assert bool(stem(fold_word(word))) is bool(word)


@given(ARABIC)
def test_only_a_function_word_stems_to_one(word: str) -> None:
    (found,) = stems([word])
    assert found
    if found != word and len(word) > 5:
        assert not is_function_word(found) or word.endswith(found)


@given(ARABIC)
def test_endings_leave_three_letters(word: str) -> None:
    assert len(bare_word(word, word_lists())) >= min(len(word), 3)


@pytest.mark.parametrize("name", ["plurals", "spellings"])
def test_tables_have_a_word_and_others(name: str) -> None:
    groups = word_groups(name)
    assert groups
    for group in groups:
        assert len(group) > 1, group
    usual = [group[0] for group in groups]
    assert len(usual) == len(set(usual))


def test_every_list_is_read() -> None:
    folder = files("aggregator.text").joinpath("data")
    for path in folder.iterdir():
        assert path.read_text("utf-8").startswith("# "), path.name
    assert all(word_lists())
