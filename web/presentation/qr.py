"""QR codes, drawn as SVG (the only segno import)."""

from __future__ import annotations

import segno
from markupsafe import Markup

# CSS pixels of a module; a secret takes some 53 of them with the quiet zone.
_SCALE = 4


def qr_code(text: str) -> Markup:
    """A text as a QR code: black on white in every theme, which all cameras read."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(scale=_SCALE, border=4, dark="#000", light="#fff"))  # noqa: S704 (drawn here, holds no text)
