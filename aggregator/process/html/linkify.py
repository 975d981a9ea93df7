"""Plain-text bodies as HTML: paragraphs, with URLs as links.

The only import of bleach, whose last release is 6.4.0: its output goes through nh3 afterwards
(docs/decisions/0001-sanitizing-with-nh3-and-bleach.md).
"""

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bleach.linkifier import Linker

_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
# Maximum characters; longer texts keep their URLs as text, because bleach is slow.
_MAX_LINKED = 20_000
_MAX_ADDRESSES = 100
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")


def text_to_html(text: str) -> str:
    """Plain `text` as HTML: escaped, one paragraph per block of lines, URLs as links."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    blocks = [escape(block, quote=False) for block in _PARAGRAPHS.split(text) if block]
    html = "".join(f"<p>{block.replace(chr(10), '<br>')}</p>" for block in blocks)
    found = len(_ADDRESS.findall(text))
    if not found or found > _MAX_ADDRESSES or len(text) > _MAX_LINKED:
        return html
    return str(_linker().linkify(html))


@cache
def _linker() -> "Linker":
    """Created on first use: bleach brings an HTML parser along."""
    from bleach.linkifier import Linker

    return Linker(callbacks=[_prefer_https], parse_email=False)


def _prefer_https(attributes: Any, _new: bool = False) -> Any:
    """Take "www.…" for https, as browsers do; bleach writes http before it."""
    if not attributes["_text"].lower().startswith("http"):
        href = attributes[None, "href"]
        attributes[None, "href"] = href.replace("http://", "https://", 1)
    return attributes
