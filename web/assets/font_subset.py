"""Make the faces of the site from the packages that `.ci/install-fonts` unpacked.

    python -m web.assets.font_subset --packages FOLDER
    python -m web.assets.font_subset --compare LiberationSerif-Bold.ttf --weight 700

The first keeps of each face what our three languages need, and writes files, metrics and licences
to `web/fonts/`. The second prints how wide our faces run beside another font. Subsets are
changed versions, so they carry names of our own, as the licence (OFL 1.1) asks.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from web.assets.fonts import FACES, FOLDER

# Maximum bytes of all faces together.
BUDGET = 60_000
WEIGHTS = (400, 700)
_SENTENCES = {
    "naskh": "أعلنت الحكومة المغربية اليوم عن برنامج جديد لدعم الفلاحين في المناطق الجبلية",
    "serif": "Le gouvernement a annoncé un plan de soutien; the minister said prices would fall",
    "sans": "Le gouvernement a annoncé un plan de soutien; the minister said prices would fall",
}


class Recipe(NamedTuple):
    """The file of a package, what is kept of it, and under which name."""

    file: str
    characters: str
    features: tuple[str, ...]


def _span(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


_ARABIC = (
    " \u00a0،؛؟٪٫٬ـ\u0670ٱ\u200c\u200d"
    + _span(0x621, 0x63A) + _span(0x641, 0x655) + _span(0x660, 0x669)
    + "پچژڤکڭگیھہے"
)  # fmt: skip
_LATIN = (
    _span(0x20, 0x7E)
    + "\u00a0\u202f¡«°±·»¿×€…–—‘’‚“”„•ÀÁÂÄÇÈÉÊËÍÎÏÑÓÔÖÙÚÛÜàáâäçèéêëíîïñóôöùúûüœŒÿß"
)
_JOINED = ("ccmp", "init", "medi", "fina", "isol", "rlig", "liga", "calt", "mark", "mkmk", "curs")
RECIPES = {
    "naskh": Recipe("noto-naskh-arabic/files/noto-naskh-arabic-arabic-wght-normal.woff2",
                    _ARABIC, _JOINED),
    "serif": Recipe("source-serif-4/files/source-serif-4-latin-wght-normal.woff2",
                    _LATIN, ("kern", "tnum")),
    "sans": Recipe("source-sans-3/files/source-sans-3-latin-wght-normal.woff2",
                   _LATIN, ("tnum",)),
}  # fmt: skip


def main() -> None:
    """Write the faces, or compare them with a font."""
    parser = argparse.ArgumentParser(description="Make the faces of the site.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--packages", type=Path, help="the folder with the unpacked packages")
    what.add_argument("--compare", type=Path, help="the file of a font")
    parser.add_argument("--weight", type=int, choices=WEIGHTS, default=400)
    values = parser.parse_args()
    if values.packages:
        write_faces(values.packages, FOLDER)
    else:
        compare(values.compare, values.weight)


def write_faces(packages: Path, folder: Path) -> None:
    """Write each face with its licence, and the metrics last: with them, the faces count."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").unlink(missing_ok=True)
    metrics = {}
    total = 0
    for face in FACES:
        recipe = RECIPES[face.name]
        font = make_face(packages / recipe.file, recipe, face.family)
        file = folder / f"{face.name}.woff2"
        font.save(file)
        total += file.stat().st_size
        metrics[face.name] = metrics_of(font)
        package = packages / recipe.file.partition("/")[0]
        shutil.copyfile(package / "LICENSE", folder / f"{face.name}.LICENSE.txt")
        print(f"{face.family}: {file.stat().st_size} bytes")  # noqa: T201  # a command
    if total > BUDGET:
        raise SystemExit(f"the faces have {total} bytes, the budget is {BUDGET}")
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")


def make_face(path: Path, recipe: Recipe, family: str) -> Any:
    """The face with only what the recipe names, in weights from 400 to 700."""
    font = TTFont(path, recalcTimestamp=False)  # the same bytes, and so address, each time
    options = subset.Options()
    options.layout_features = list(recipe.features)
    options.hinting = False
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    cutter = subset.Subsetter(options)
    cutter.populate(text=recipe.characters)
    cutter.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS})
    for name_id in (1, 4, 6):
        font["name"].setName(
            family.replace(" ", "") if name_id == 6 else family, name_id, 3, 1, 0x409
        )
    font.flavor = "woff2"
    return font


def metrics_of(font: Any) -> dict[str, float]:
    """How far the face reaches above and below the line, as parts of the em."""
    em = font["head"].unitsPerEm
    return {"ascent": font["hhea"].ascent / em, "descent": -font["hhea"].descent / em}


def compare(path: Path, weight: int) -> None:
    """Print the width of our faces in one weight as parts of that of another font."""
    theirs = TTFont(path)
    for face in FACES:
        font = TTFont(FOLDER / f"{face.name}.woff2")
        ours = instancer.instantiateVariableFont(font, {"wght": weight})
        sentence = _SENTENCES[face.name]
        if all(ord(letter) in theirs.getBestCmap() for letter in sentence):
            width = mean_width(ours, sentence) / mean_width(theirs, sentence)
            print(f"{face.family} {weight} / {path.stem}: {width:.3f}")  # noqa: T201  # a command


def mean_width(font: Any, letters: Iterable[str]) -> float:
    """Mean advance of letters, unjoined, as part of the em."""
    names = font.getBestCmap()
    advances = [font["hmtx"][names[ord(letter)]][0] for letter in letters]
    return float(sum(advances)) / len(advances) / float(font["head"].unitsPerEm)


if __name__ == "__main__":
    main()
