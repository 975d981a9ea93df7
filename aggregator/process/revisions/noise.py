"""What of an entry's text is not its publisher's words on the matter.

Counters, ages, blocks of links to other articles and what feeds append change without anybody
having changed the article. Markup is not looked at at all: neither trackers nor the order of
attributes can be mistaken for a change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from aggregator.process.entries.fingerprint import strip_trailers

_LINK_START, _LINK_END = "\x02", "\x03"
_LINK = re.compile(f"{_LINK_START}[^{_LINK_END}]*{_LINK_END}?")
_OPENING_LINK = re.compile(r"<a(?: [^<>]*)?>")
_INLINE = re.compile(
    r"</?(?:abbr|b|bdi|bdo|cite|code|del|em|i|img|ins|kbd|mark|q|ruby|s|samp|small|span|strong|sub"
    r"|sup|time|u|var|wbr)(?: [^<>]*)?>"
)
_TAG = re.compile(r"<[^<>]*>")

_ALSO = (
    r"(?:[اإ]قر(?:[أا]|ئي|ؤوا) (?:[أا]يض[اًا]+|المزيد)|(?:شاهد|طالع|انظر) (?:[أا]يض[اًا]+)"
    r"|قد (?:يهمك|يعجبك)(?: [أا]يض[اًا]+)?|(?:مواضيع|مقالات|أخبار|قصص) (?:ذات صلة|مرتبطة|مشابهة)"
    r"|اخترنا لكم?|ال[أا]كثر (?:قراءة|مشاهدة|تداولا)"
    r"|[àa] lire(?: (?:aussi|[ée]galement))?|lire (?:aussi|[ée]galement)|voir aussi"
    r"|sur le m[êe]me sujet"
    r"|(?:articles )?les plus lus|[àa] ne pas (?:manquer|rater)"
    r"|(?:leer?|lea|ver|vea) tambi[ée]n|(?:tambi[ée]n )?(?:te|le) puede interesar"
    r"|noticias relacionadas|m[áa]s noticias|lo m[áa]s le[íi]do"
    r"|most (?:read|popular)|articles? (?:similaires?|li[ée]s?)|dans la m[êe]me rubrique"
    r"|(?:read|see|watch) (?:also|more|next)|also read"
    r"|related(?: (?:articles?|stories|posts?|news))?"
    r"|you (?:may|might) also like|more on this(?: story| topic)?)"
)
_BULLET = r"[\s\W_]{0,4}"
_SEE_ALSO = re.compile(rf"{_BULLET}{_ALSO}(?P<rest>.*)", re.IGNORECASE | re.DOTALL)

_NUMBER = r"\d[\d.,\u00a0\u202f ]{0,9}\s?(?:[kKmM]|ألف)?"
# Pictures of a comment, an eye, a heart, a thumb, an arrow: what counts stands beside them.
_SIGN = "[💬🗨👁❤♥♡👍🔁↗📢]\ufe0f?"
_COUNTED = (
    r"(?:comments?|commentaires?|r[ée]actions?|views?|vues?|shares?|partages?|likes?|j['’]aime"
    r"|comentarios?|visitas?|lecturas?|compartidos?|me gusta|reads?|lectures?"
    r"|تعليق(?:ات|ا)?|مشاهد(?:ة|ات)|مشارك(?:ة|ات)|إعجاب(?:ات|ا)?|قراء(?:ة|ات)"
    r"|زيار(?:ة|ات))"
)
_COUNTER = (
    rf"(?:{_NUMBER}\s*{_COUNTED}(?!\w)|{_COUNTED}\s*[:：(]\s*{_NUMBER}\)?"
    rf"|{_SIGN}\s*{_NUMBER}|vue? {_NUMBER} fois|visto {_NUMBER} veces"
    rf"|(?:شوهد|قرئ|تمت قراءته)\s*{_NUMBER}\s*مر(?:ة|ات))"
)
_UNIT = (
    r"(?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?|secondes?|heures?|jours?|semaines?"
    r"|mois|segundos?|minutos?|horas?|d[íi]as?|semanas?|meses|mes|h|min|ثوان|ثانية|ثواني|دقيقة|دقائق|ساعة|ساعات|ساعتين|يوم|أيام|يومين|أسبوع|أسابيع|شهر|أشهر)"
)
_AGE = (
    rf"(?:(?:updated |last updated:? |mis [àa] jour |آخر تحديث:? |published |publi[ée] )?"
    rf"(?:\d+ {_UNIT} ago|il y a \d+ ?{_UNIT}|hace \d+ {_UNIT}"
    rf"|(?:منذ|قبل) (?:\d+ )?{_UNIT}|just now|الآن))"
)
_READING_TIME = (
    r"(?:\d+ min(?:ute)?s? (?:read|de lecture)|(?:temps de lecture|مدة القراءة|وقت القراءة)\s*:?"
    r"\s*\d+ \w+)"
)
_MECHANICAL = re.compile(
    rf"[\s\W_]*(?:(?:{_COUNTER}|{_AGE}|{_READING_TIME})[\s\W_]*)+", re.IGNORECASE
)
# A counter that follows a text: in brackets or behind a bar.
_TRAILING_COUNTER = re.compile(rf"\s*(?:[(\[]\s*{_COUNTER}\s*[)\]]|[|·•]\s*{_COUNTER})\s*$", re.I)


class _Block(NamedTuple):
    text: str
    has_link: bool
    only_links: bool


def significant_text(html: str) -> str:
    """The words of sanitized `html` that its publisher wrote on the matter, a block a line."""
    lines: list[str] = []
    after_also = False
    for block in _blocks(html):
        after_also = _is_see_also(block) or (after_also and block.only_links)
        if not after_also and not _MECHANICAL.fullmatch(block.text):
            lines.append(significant_line(block.text))
    return strip_trailers("\n".join(lines))


def significant_line(text: str) -> str:
    """Plain `text` of one line with single spaces, without a counter behind it."""
    return _TRAILING_COUNTER.sub("", " ".join(text.split()))


def _blocks(html: str) -> Iterator[_Block]:
    linked = _OPENING_LINK.sub(_LINK_START, html).replace("</a>", _LINK_END)
    for piece in _TAG.split(_INLINE.sub("", linked)):
        marked = unescape(piece)
        text = " ".join(marked.replace(_LINK_START, "").replace(_LINK_END, "").split())
        if not any(map(str.isalnum, text)):
            continue
        has_link = _LINK_START in marked
        only_links = has_link and not any(map(str.isalnum, _LINK.sub("", marked)))
        yield _Block(text, has_link, only_links)


def _is_see_also(block: _Block) -> bool:
    """Whether a block leads to other articles: such a heading, or one with their titles.

    A sentence may begin like it; what leads elsewhere has a link, a colon or nothing else.
    """
    found = _SEE_ALSO.fullmatch(block.text)
    if found is None:
        return False
    rest = found["rest"].lstrip()
    return block.has_link or rest[:1] in (":", "：", "|", "»", "›") or not rest.strip(" .…:")
