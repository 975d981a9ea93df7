"""Find start tags and their attributes in markup that nobody has parsed yet."""

import re
from html import unescape

# The attributes of a start tag and its end, as one group; never backtracks.
ATTRIBUTES = r"""((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>?+"""
_ATTRIBUTE = re.compile(r"""([A-Za-z][\w:.-]*+)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>"']++)""")


def parse_attributes(text: str) -> dict[str, str]:
    """Attributes of a start tag by lower-case name; the first of a name wins."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        value = value[1:-1] if value[0] in "\"'" else value
        found.setdefault(name.lower(), unescape(value) if "&" in value else value)
    return found
