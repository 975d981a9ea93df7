"""Recognise news agencies by the dateline or the signature of a dispatch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Signatures of each agency, without points and spaces. The last is that of `marsad demo`.
_NAMES = {
    "MAP": "ومع map وكالةالمغربالعربيللأنباء maghrebarabepresse",
    "AFP": "أفب افب فرانسبرس afp agencefrancepresse",
    "Reuters": "رويترز reuters",
    "AA": "الأناضول الاناضول aa anadolu وكالةالأناضول agenceanadolu anadoluagency",
    "DPA": "دبأ دبا dpa",
    "AP": "أسوشيتدبرس أب ap associatedpress",
    "EFE": "إفي إيفي efe",
    "APS": "وأج aps وكالةالأنباءالجزائرية algériepresseservice",
    "TAP": "وات tap وكالةتونسأفريقياللأنباء tunisafriquepresse",
    "WAM": "وام wam",
    "SPA": "واس spa",
    "QNA": "قنا qna",
    "MENA": "أشأ mena",
    "Xinhua": "شينخوا xinhua",
    "Sputnik": "سبوتنيك sputnik",
    "AMI": "ومأ وكالةالأنباءالموريتانية agencemauritanienned’information",
    "LANA": "وال وكالةالأنباءالليبية",
    "WAFA": "وفا wafa وكالةوفا",
    "KUNA": "كونا kuna",
    "Petra": "بترا وكالةالأنباءالأردنية",
    "ANSA": "أنسا ansa agenziaansa",
    "Europa Press": "أوروبابريس europapress",
    "Al Boughaz": "وب وكالةالبوغاز agencealboughaz alboughaz",
}

# How sentences name agencies ("according to …"): in full, or by initials in capitals.
_MENTIONS = {
    "MAP": r"وكالة المغرب العربي للأنباء|agence maghreb arabe presse|و\.م\.ع|(?-i:\bMAP\b)",
    "AFP": r"فرانس برس|agence france.presse|(?-i:\bAFP\b)",
    "Reuters": r"رويترز|\breuters\b",
    "AA": r"وكالة الأناضول|agence anadolu|anadolu agency",
    "DPA": r"وكالة الأنباء الألمانية|(?-i:\bDPA\b)",
    "AP": r"أسوشيتد برس|associated press",
    "EFE": r"وكالة (?:إفي|الأنباء الإسبانية)|(?-i:\bEFE\b)",
    "APS": r"وكالة الأنباء الجزائرية|algérie presse service",
    "TAP": r"وكالة تونس أفريقيا|tunis afrique presse",
    "WAM": r"وكالة أنباء الإمارات|emirates news agency",
    "SPA": r"وكالة الأنباء السعودية|saudi press agency",
    "QNA": r"وكالة الأنباء القطرية|qatar news agency",
    "MENA": r"وكالة أنباء الشرق الأوسط|middle east news agency",
    "Xinhua": r"شينخوا|xinhua",
    "Sputnik": r"سبوتنيك|sputnik",
    "AMI": r"وكالة الأنباء الموريتانية|الوكالة الموريتانية للأنباء|agence mauritanienne d.info",
    "LANA": r"وكالة الأنباء الليبية|libyan news agency",
    "WAFA": r"وكالة (?:وفا|الأنباء الفلسطينية)|(?-i:\bWAFA\b)",
    "KUNA": r"وكالة الأنباء الكويتية|(?-i:\bKUNA\b)",
    "Petra": r"وكالة الأنباء الأردنية|jordan news agency",
    "ANSA": r"وكالة أنسا|(?-i:\bANSA\b)",
    "Europa Press": r"أوروبا بريس|europa press",
    "Al Boughaz": r"وكالة البوغاز|لوكالة البوغاز|agence al boughaz|al boughaz news agency",
}

AGENCIES = tuple(_NAMES)
_BY_SIGNATURE = {sign: agency for agency, signs in _NAMES.items() for sign in signs.split()}

_IN_SENTENCES = re.compile("|".join(_MENTIONS.values()), re.IGNORECASE)
_EXPLANATION = re.compile(r"\([^()]*\)")

_BRACKETED = re.compile(r"[(\[/]([^()\[\]/\n]{2,40})[)\]/]")
_DASHED = re.compile(r"[-–—ـ]\s?([^-–—ـ()\n]{2,30})$")
_SOURCED = re.compile(r"(?:المصدر|\bsource|\bfuente)\s?[:：]\s?([^:\n]{2,30})$", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s.،ـ]+")
_TOGETHER = re.compile(r"\s?[+،,/]\s?|\s-\s|(?:^|\s)(?:مع|et|and|avec|with)\s")
_BEGINNING, _END = 160, 60
_LONGEST_INITIALS = 4


def detect_agency(text: str, author: str = "") -> str:
    """Return the agency that `text` credits, one of `AGENCIES`; "" for none.

    "الرباط 24 نونبر 2026 (و.م.ع) –" at the beginning, "… (AFP)", "– رويترز" or "Source : EFE"
    at the end, or an author of that name; a mention in a sentence does not count.
    """
    for sign in _signs(text, author):
        for part in _TOGETHER.split(sign):
            agency = _BY_SIGNATURE.get(_SEPARATORS.sub("", part or "").lower())
            if agency:
                return agency
    return ""


def agency_of_source(names: Iterable[str]) -> str:
    """Return the agency that a source of these names is, one of `AGENCIES`; "" for none.

    What stands in brackets, such as a language, does not count.
    """
    for name in names:
        sign = _SEPARATORS.sub("", _EXPLANATION.sub("", name)).lower()
        # Initials say too little: there are papers called AA.
        if len(sign) > _LONGEST_INITIALS and sign in _BY_SIGNATURE:
            return _BY_SIGNATURE[sign]
    return ""


def mentions_agency(text: str) -> bool:
    """Whether a plain text names any agency, be it in a sentence."""
    return bool(_IN_SENTENCES.search(text))


def agency_slug(agency: str) -> str:
    """The agency's name in addresses: "al-boughaz"."""
    return agency.lower().replace(" ", "-")


def find_agency(slug: str) -> str | None:
    """The agency of this slug, one of `AGENCIES`."""
    return next((agency for agency in AGENCIES if agency_slug(agency) == slug), None)


def _signs(text: str, author: str) -> Iterator[str]:
    yield from _BRACKETED.findall(text[:_BEGINNING])
    end = text[-_END:].rstrip(" .\n")
    yield from _BRACKETED.findall(end)
    yield from _DASHED.findall(end)
    yield from _SOURCED.findall(end)
    if author and len(author) <= _END:
        yield author
