"""Keep words apart where the sanitizer will drop the element between them."""

import re

from aggregator.text.plain import INLINE_ELEMENTS

_NAME = re.compile(r"<([A-Za-z][^\s/>]*)")
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
# Blocks that the allowlist lacks, as the one that it has.
_RENAMED = {
    **dict.fromkeys(
        [
            "address", "center", "dialog", "fieldset", "form", "hgroup", "layer", "legend", "main",
            "marquee", "multicol", "nav", "plaintext", "search",
        ],
        "div",
    ),
    "dir": "ul",
    "listing": "pre",
    "menu": "ul",
    "xmp": "pre",
}  # fmt: skip
# Elements without a place in the text, and those that are renamed or rewritten later.
_SEAMLESS = INLINE_ELEMENTS | frozenset(
    [
        "area", "base", "basefont", "bgsound", "h1", "head", "link", "map", "math", "meta",
        "param", "picture", "script", "slot", "style", "svg", "template", "title", "track",
        # MathML
        "annotation", "annotation-xml", "menclose", "merror", "mfrac", "mi", "mmultiscripts", "mn",
        "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle",
        "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
        "semantics",
    ]
)  # fmt: skip
# Word processors mark places and dates inside sentences with elements of their own.
_OFFICE = ("o:", "st1:", "st2:", "u1:", "v:", "w:")
# Parsers ignore these outside a table.
_TABLE_PARTS = frozenset(["caption", "tbody", "td", "tfoot", "th", "thead", "tr"])
# Common around whole texts, where a space would only change what is stored.
_AFTER_WORD = frozenset(["body", "html", "noscript"])
_SEAM = re.compile(rf"(?<=[^\s>])(?=</?(?:{'|'.join(sorted(_AFTER_WORD))})[\s/>])", re.IGNORECASE)


def keep_boundaries(html: str, allowed: frozenset[str]) -> str:
    """Rename the blocks of `html` that are not `allowed`, and put a space before unknown elements.

    Only inline elements disappear without a trace.
    """
    names = {name.lower() for name in set(_NAME.findall(html))}
    if names & _AFTER_WORD:
        html = _SEAM.sub(" ", html)
    others = names - allowed - _SEAMLESS - _AFTER_WORD
    if "table" not in names:
        others |= names & _TABLE_PARTS
    others = {name for name in others if not name.startswith(_OFFICE)}
    if not others:
        return html

    def separate(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if name not in others:
            return tag[0]
        renamed = _RENAMED.get(name)
        return f"<{tag[1]}{renamed}" if renamed else f" {tag[0]}"

    return _TAG.sub(separate, html)
