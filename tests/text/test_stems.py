"""Forms of a word share a stem."""

from __future__ import annotations

import pytest

from aggregator.text.normalize import fold_word
from aggregator.text.stems import stem


@pytest.mark.parametrize(
    "forms",
    [
        "المغرب والمغرب بالمغرب للمغرب وبالمغرب فالمغرب كالمغرب وللمغرب مغرب المغربي المغربية"
        " مغربية والمغربي ومغرب لمغرب بمغرب المغربيين المغربيات",
        "حكومة الحكومة والحكومة بالحكومة للحكومة الحُكُومَة الحكومه حكومات",
        "انتخاب انتخابات الانتخابات والانتخابات الانتخابي للانتخابات",
        "وزراء الوزراء والوزراء للوزراء وزرا",
        "ماء الماء والماء بالماء ماءها",
        "برلمان البرلمان والبرلمان بالبرلمان للبرلمان",
        "espagnol espagnols espagnole espagnoles Espagnole",
        "journal journaux",
        "algérien algérienne algériens algériennes",
        "élu élue élus élues",
        "réseau réseaux",
        "jeu jeux",
        "country countries",
        "match matches",
        "price prices",
    ],
)
def test_forms_of_one_word(forms: str) -> None:
    assert len({stem(fold_word(form)) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    "pair", ["news new", "Paris pari", "press pres", "سلا كسلا", "cours cour", "الماء ما"]
)
def test_other_words_stay_apart(pair: str) -> None:
    one, other = pair.split()
    assert stem(fold_word(one)) != stem(fold_word(other))


@pytest.mark.parametrize("word", ["", "و", "ال", "لل", "ه", "s", "es", "2026", "ء", "ⵎⵓⵔⴰⴽⵓⵛ"])
def test_nothing_vanishes(word: str) -> None:
    assert bool(stem(fold_word(word))) is bool(word)
