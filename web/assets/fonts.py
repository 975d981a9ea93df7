"""The faces of the site, served by us, so that type does not depend on the device.

`.ci/install-fonts` puts them into `FOLDER`; without them, pages use the fonts of the device. Each
face has a stand-in: a font that devices have, stretched to the metrics of ours, so that nothing
moves when the face arrives.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Flask, Response, request

from web.assets.asset import Asset, asset_response, make_asset
from web.request.i18n import current_language
from web.state import app_state

FOLDER = Path(__file__).parents[1] / "fonts"
LATIN = "U+0-FF, U+131, U+152-153, U+178, U+2000-206F, U+20AC, U+2122, U+2212"
ARABIC = "U+20, U+A0, U+600-6FF, U+FB50-FDFF, U+FE70-FEFF, U+200C-200D"


class StandIn(NamedTuple):
    """Fonts of devices that are of one width, and the width of our face beside them (1: equal).

    `python -m web.assets.font_subset --compare FONT` measures it.
    """

    regular: tuple[str, ...]
    width: float
    bold: tuple[str, ...]
    bold_width: float


class Face(NamedTuple):
    """A face in all weights from 400 to 700."""

    name: str
    family: str
    unicode_range: str
    stand_ins: tuple[StandIn, ...]


class Font(NamedTuple):
    """A face with its file; ascent and descent as parts of the em."""

    face: Face
    file: Asset
    ascent: float
    descent: float


FACES = (
    Face(
        "naskh", "Marsad Naskh", ARABIC,
        (StandIn(("Noto Naskh Arabic Regular", "NotoNaskhArabic-Regular"), 1.0,
                 ("Noto Naskh Arabic Bold", "NotoNaskhArabic-Bold"), 1.0),),
    ),
    Face(
        "serif", "Marsad Serif", LATIN,
        (StandIn(("Times New Roman", "Liberation Serif"), 1.192,
                 ("Times New Roman Bold", "Liberation Serif Bold"), 1.153),
         StandIn(("Noto Serif Regular", "NotoSerif-Regular"), 0.995,
                 ("Noto Serif Bold", "NotoSerif-Bold"), 0.967)),
    ),
    Face(
        "sans", "Marsad Sans", LATIN,
        (StandIn(("Arial", "Liberation Sans"), 0.941,
                 ("Arial Bold", "Liberation Sans Bold"), 0.919),
         StandIn(("Noto Sans Regular", "NotoSans-Regular"), 0.884,
                 ("Noto Sans Bold", "NotoSans-Bold"), 0.876)),
    ),
)  # fmt: skip
# Language of the page -> the faces of what stands at its top.
_FIRST = {"ar": ("naskh",), "fr": ("sans", "serif"), "en": ("sans", "serif")}

Fonts = dict[str, Font]

blueprint = Blueprint("fonts", __name__)


@blueprint.get("/fonts/<name>.woff2")
def font(name: str) -> Response:
    """The file of a face; 404 where the faces are not installed."""
    found = app_state().fonts.get(name)
    return asset_response(found.file if found else None, "font/woff2")


@cache
def load_fonts(folder: Path = FOLDER) -> Fonts:
    """The faces that are installed: all of them, or none."""
    try:
        metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
        return {face.name: _load(face, folder, metrics[face.name]) for face in FACES}
    except (OSError, ValueError, KeyError):
        return {}


def _load(face: Face, folder: Path, metrics: dict[str, float]) -> Font:
    file = make_asset((folder / f"{face.name}.woff2").read_bytes())
    return Font(face, file, metrics["ascent"], metrics["descent"])


def font_rules(fonts: Fonts) -> str:
    """The `@font-face` rules of faces and stand-ins, for a sheet in a folder beside theirs."""
    return "".join(_face_rule(font) + _stand_in_rules(font) for font in fonts.values())


def _face_rule(font: Font) -> str:
    face = font.face
    return (
        f'@font-face{{font-family:"{face.family}";font-weight:400 700;font-display:swap;'
        f'src:url("..{font_path(font)}") format("woff2");unicode-range:{face.unicode_range}}}'
    )


def _stand_in_rules(font: Font) -> str:
    return "".join(
        f'@font-face{{font-family:"{font.face.family} stand-in {number}";font-weight:{weight};'
        f"src:{_local(names)};size-adjust:{width:.2%};"
        f"ascent-override:{font.ascent / width:.2%};descent-override:{font.descent / width:.2%};"
        f"line-gap-override:0%;unicode-range:{font.face.unicode_range}}}"
        for number, stand_in in enumerate(font.face.stand_ins, 1)
        for weight, names, width in (
            (400, stand_in.regular, stand_in.width),
            (700, stand_in.bold, stand_in.bold_width),
        )
    )


def _local(names: tuple[str, ...]) -> str:
    return ",".join(f'local("{name}")' for name in names)


def font_path(font: Font) -> str:
    """The address of a face below the root of the site; it names the content."""
    return f"/fonts/{font.face.name}.woff2?v={font.file.version}"


def first_fonts() -> list[str]:
    """The addresses of the faces that the first view of this page needs."""
    fonts = app_state().fonts
    return [
        request.script_root + font_path(fonts[name])
        for name in _FIRST[current_language()]
        if name in fonts
    ]


def init_app(app: Flask) -> None:
    """Serve the faces and tell templates which ones to preload."""
    app.jinja_env.globals["first_fonts"] = first_fonts
    app.register_blueprint(blueprint)
