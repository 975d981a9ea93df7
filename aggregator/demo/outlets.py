"""The invented publishers of the demo: names, languages, and what their feeds look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FeedFormat = Literal["rss", "rss-description", "atom", "json", "broken"]
Picture = Literal["media", "enclosure", "inline", "none"]
Language = Literal["ar", "fr", "en"]

# Delay of the slow publisher's feed.
SLOW_S = 6.0


@dataclass(frozen=True, slots=True)
class Outlet:
    """One publisher. `colour` is of its pages; `delay_s` passes before its feed answers."""

    slug: str
    ar: str
    fr: str
    en: str
    language: Language
    colour: str
    format: FeedFormat = "rss"
    picture: Picture = "media"
    encoding: str = "utf-8"
    section: str = "general"
    country: str = "MA"
    delay_s: float = 0.0

    @property
    def name(self) -> str:
        """The name in its own language."""
        return {"ar": self.ar, "fr": self.fr, "en": self.en}[self.language]


OUTLETS = (
    Outlet("almanara", "المنارة", "Al Manara", "Al Manara", "ar", "#0b6e4f"),
    Outlet(
        "sahifat-alatlas", "صحيفة الأطلس", "Sahifat Al Atlas", "Sahifat Al Atlas", "ar", "#7a3b2e",
        picture="inline",
    ),
    Outlet(
        "wakalat-alboughaz", "وكالة البوغاز", "Agence Al Boughaz", "Al Boughaz News Agency", "ar",
        "#1d4e89", picture="none",
    ),
    Outlet(
        "iqtissad-alyaoum", "اقتصاد اليوم", "Iqtissad Alyaoum", "Iqtissad Alyaoum", "ar", "#5b5f2a",
        picture="enclosure", encoding="windows-1256", section="economy",
    ),
    Outlet(
        "sawt-aljanoub", "صوت الجنوب", "Sawt Al Janoub", "Sawt Al Janoub", "ar", "#b5651d",
        section="regional",
    ),
    Outlet(
        "riyada-plus", "رياضة بلوس", "Riyada Plus", "Riyada Plus", "ar", "#a4243b",
        picture="enclosure", section="sport",
    ),
    Outlet(
        "atlas-eco", "أطلس إيكو", "Atlas Éco", "Atlas Éco", "fr", "#264653",
        picture="inline", section="economy",
    ),
    Outlet(
        "le-courrier-du-detroit", "بريد المضيق", "Le Courrier du Détroit",
        "Le Courrier du Détroit", "fr", "#3d405b", format="rss-description", picture="enclosure",
    ),
    Outlet(
        "la-tribune-du-souss", "منبر سوس", "La Tribune du Souss", "La Tribune du Souss", "fr",
        "#8a5a44", section="regional", delay_s=SLOW_S,
    ),
    Outlet(
        "the-rabat-observer", "مراقب الرباط", "The Rabat Observer", "The Rabat Observer", "en",
        "#2f4858", format="atom", picture="enclosure",
    ),
    Outlet(
        "maghreb-desk", "مكتب المغارب", "Maghreb Desk", "Maghreb Desk", "en", "#4a5759",
        format="json",
    ),
    Outlet(
        "idaat-alamwaj", "إذاعة الأمواج", "Radio Al Amwaj", "Radio Al Amwaj", "ar", "#4f6d7a",
        picture="none",
    ),
    Outlet(
        "le-fil-des-rives", "خيط الضفتين", "Le Fil des Rives", "Le Fil des Rives", "fr", "#6b4e71",
        picture="none", country="FR",
    ),
    Outlet(
        "la-gazette-du-quai-sud", "جريدة الرصيف الجنوبي", "La Gazette du Quai sud",
        "La Gazette du Quai sud", "fr", "#52489c", format="atom", picture="none", country="BE",
    ),
    Outlet(
        "jaridat-alminae", "جريدة الميناء", "Le Quai", "Al Minae", "ar", "#33658a",
        format="broken",
    ),
)  # fmt: skip

BY_SLUG = {outlet.slug: outlet for outlet in OUTLETS}
# Whose dispatches the others reprint.
AGENCY = "wakalat-alboughaz"


def site_url(outlet: Outlet, base_url: str) -> str:
    """The front page of an outlet on the sample publisher at `base_url`."""
    return f"{base_url}/{outlet.slug}/"


def feed_url(outlet: Outlet, base_url: str) -> str:
    """The feed of an outlet on the sample publisher at `base_url`."""
    return f"{base_url}/{outlet.slug}/feed"
