"""The demo's topics, as its editor curated them."""

from __future__ import annotations

from aggregator.types import LocalizedText, TopicContent

EDITOR = "salma"

# Two are published; the third is still a draft.
TOPICS = (
    TopicContent(
        "water",
        LocalizedText(ar="الماء والمطر", fr="L’eau et la pluie", en="Water and rain"),
        LocalizedText(
            ar="التساقطات والأودية وتحلية مياه البحر، من كل المصادر.",
            fr="Pluies, oueds et dessalement, de toutes les sources.",
            en="Rain, rivers and desalination, from all sources.",
        ),
        "(أمطار أو تساقطات أو تحلية أو واد أو pluie* أو dessalement) -كرة -football",
        "published",
    ),
    TopicContent(
        "economy",
        LocalizedText(ar="الأسعار والأسواق", fr="Prix et marchés", en="Prices and markets"),
        LocalizedText(
            ar="ما يدفعه الناس وما يكسبه المنتجون.",
            fr="Ce que l’on paie, ce que gagnent les producteurs.",
            en="What people pay, what producers earn.",
        ),
        "أسعار أو ثمن أو زيتون أو olive* أو prix أو argan أو أركان",
        "published",
    ),
    TopicContent(
        "schools",
        LocalizedText(ar="المدرسة والكتاب", fr="École et livres"),
        rule="عنوان:(كتاب أو مدرسة أو مدرسي) أو titre:(livre* ou scolaire)",
    ),
)
