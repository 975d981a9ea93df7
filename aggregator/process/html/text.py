"""Extract plain text from sanitized HTML."""

import re
from html import unescape

_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|del|em|i|ins|kbd|mark|q|ruby|s|samp|small|span|strong|sub|sup"
    r"|time|u|var|wbr)(?: [^<>]*)?>"
)
_TAG = re.compile(r"<[^<>]*>")


def sanitized_to_text(html: str) -> str:
    """The text of sanitized `html`, with blocks separated and white space unchanged.

    Only for the output of `process.html.sanitize`, in which "<" is always a tag; ten times as fast
    as `text.plain`, which handles anything that publishers write.
    """
    if "<" in html:
        html = _TAG.sub(" ", _INLINE.sub("", html))
    return unescape(html) if "&" in html else html
