"""Recognise news agencies by the dateline or the signature of a dispatch."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Signatures of each agency, without points and spaces. The last is that of `marsad demo`.
_NAMES = {
    "MAP": "ومع map وكالةالمغربالعربيللأنباء maghrebarabepresse",
    "AFP": "أفب افب فرانسبرس afp agencefrancepresse",
    "Reuters": "رويترز reuters",
    "AA": "الأناضول الاناضول aa anadolu",
    "DPA": "دبأ دبا dpa",
    "AP": "أسوشيتدبرس أب ap associatedpress",
    "EFE": "إفي إيفي efe",
    "APS": "وأج aps",
    "TAP": "وات tap",
    "WAM": "وام wam",
    "SPA": "واس spa",
    "QNA": "قنا qna",
    "MENA": "أشأ mena",
    "Xinhua": "شينخوا xinhua",
    "Sputnik": "سبوتنيك sputnik",
    "Al Boughaz": "وب",
}

AGENCIES = tuple(_NAMES)
_BY_SIGNATURE = {sign: agency for agency, signs in _NAMES.items() for sign in signs.split()}

_BRACKETED = re.compile(r"[(\[/]([^()\[\]/\n]{2,40})[)\]/]")
_DASHED = re.compile(r"[-–—ـ]\s?([^-–—ـ()\n]{2,30})$")
_SEPARATORS = re.compile(r"[\s.،ـ]+")
_TOGETHER = re.compile(r"\s?[+،,/]\s?|\s-\s|(?:^|\s)(?:مع|et|and|avec|with)\s")
_BEGINNING, _END = 160, 60


def detect_agency(text: str, author: str = "") -> str:
    """Return the agency that `text` credits, one of `AGENCIES`; "" for none.

    "الرباط 24 نونبر 2026 (و.م.ع) –" at the beginning, "… (AFP)" or "– رويترز" at the end, or an
    author of that name; a mention in a sentence does not count.
    """
    for sign in _signs(text, author):
        for part in _TOGETHER.split(sign):
            agency = _BY_SIGNATURE.get(_SEPARATORS.sub("", part or "").lower())
            if agency:
                return agency
    return ""


def _signs(text: str, author: str) -> Iterator[str]:
    yield from _BRACKETED.findall(text[:_BEGINNING])
    end = text[-_END:].rstrip(" .\n")
    yield from _BRACKETED.findall(end)
    yield from _DASHED.findall(end)
    if author and len(author) <= _END:
        yield author
