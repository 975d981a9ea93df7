"""The invented owners of the demo's publishers, and the page on which each says what it owns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from aggregator.demo.outlets import BY_SLUG
from aggregator.types.owners import OwnerKind


@dataclass(frozen=True, slots=True)
class DemoOwner:
    """An owner with the slugs of its parents and of the outlets that belong to it directly."""

    slug: str
    ar: str
    fr: str
    en: str
    kind: OwnerKind
    outlets: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


OWNERS = (
    DemoOwner(
        "diwan-alanbae", "ديوان الأنباء", "Office de l’Information", "Office of Information",
        "state", ("wakalat-alboughaz", "idaat-alamwaj"),
    ),
    DemoOwner(
        "qasba-holding", "القصبة القابضة", "Qasba Holding", "Qasba Holding", "private",
    ),
    DemoOwner(
        "groupe-almanara", "مجموعة المنارة", "Groupe Al Manara", "Al Manara Group", "private",
        ("almanara", "riyada-plus"), ("qasba-holding",),
    ),
    DemoOwner(
        "editions-du-detroit", "منشورات المضيق", "Éditions du Détroit", "Éditions du Détroit",
        "private", ("atlas-eco", "le-courrier-du-detroit"), ("qasba-holding",),
    ),
    DemoOwner(
        "hizb-alofoq", "حزب الأفق", "Parti de l’Horizon", "Horizon Party", "party",
        ("sahifat-alatlas",),
    ),
    DemoOwner(
        "idaat-aljanoub", "إذاعات الجنوب", "Radios du Sud", "Southern Broadcasting", "public",
        ("sawt-aljanoub", "la-tribune-du-souss"),
    ),
)  # fmt: skip

OWNER_BY_SLUG = {owner.slug: owner for owner in OWNERS}
OWNER_OF: Mapping[str, DemoOwner] = {outlet: owner for owner in OWNERS for outlet in owner.outlets}


def owner_url(owner: DemoOwner, base_url: str) -> str:
    """The page of an owner on the sample publisher at `base_url`."""
    return f"{base_url}/owners/{owner.slug}"


def owner_page(owner: DemoOwner) -> str:
    """What an owner says of itself: its name, its parents, its outlets."""
    belongs = "، ".join(OWNER_BY_SLUG[parent].ar for parent in owner.parents)
    below = [each.ar for each in OWNERS if owner.slug in each.parents]
    owned = [*(BY_SLUG[outlet].ar for outlet in owner.outlets), *below]
    listed = "".join(f"<li>{escape(name)}</li>" for name in owned)
    above = f"<p>تابعة لـ {escape(belongs)}</p>" if belongs else ""
    return (
        '<!doctype html>\n<html lang="ar" dir="rtl">\n<head><meta charset="utf-8">'
        f"<title>{escape(owner.ar)}</title></head>\n<body>\n<h1>{escape(owner.ar)}</h1>\n"
        f"{above}<h2>من نحن</h2>\n<ul>{listed}</ul>\n</body>\n</html>\n"
    )
