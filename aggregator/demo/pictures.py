"""Illustrations of the demo's articles: calm SVGs drawn from nothing but their names."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

WIDTH, HEIGHT = 800, 450

# From sky to foreground.
_PALETTES = (
    ("#f3e9d8", "#e0b98a", "#c17f59", "#8a4f3d", "#4b2e2b"),
    ("#e6eef0", "#a9c4c9", "#6f9aa3", "#3f6b78", "#23424d"),
    ("#f0efe2", "#c9cf9f", "#93a267", "#5f7442", "#37472a"),
    ("#f6e7df", "#e3b7a0", "#c98474", "#8f5563", "#4f3750"),
    ("#e9edf5", "#b4c3dc", "#7e95bd", "#4f679a", "#2b3b66"),
    ("#f7f0dc", "#ecd08f", "#cfa14a", "#7f7a4f", "#3d4f4a"),
)
_BLUES = (_PALETTES[1], _PALETTES[4])

Palette = tuple[str, str, str, str, str]


def draw(name: str) -> str:
    """The picture called `name` ("rain-1"), always the same; its theme is the part before "-"."""
    chance = random.Random(f"picture {name}")  # noqa: S311 (a drawing)
    motif = _MOTIFS.get(name.partition("-")[0], _zellige)
    palette = chance.choice(_BLUES if motif in (_sea, _rain) else _PALETTES)
    shapes = "\n".join(motif(chance, palette))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-hidden="true">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette[0]}"/>\n{shapes}\n</svg>\n'
    )


def _mountains(chance: random.Random, palette: Palette) -> Iterator[str]:
    """Ridges one behind the other, and a sun."""
    yield _sun(chance, palette)
    for layer, colour in enumerate(palette[1:], 1):
        level = 120 + 75 * layer
        points = [(0.0, float(HEIGHT))]
        phase, width = chance.uniform(0, 6), chance.uniform(70, 150)
        for x in range(0, WIDTH + 1, 20):
            rough = chance.uniform(-9, 9)
            points.append((x, level + 34 * math.sin(x / width + phase) + rough))
        points.append((WIDTH, HEIGHT))
        yield f'<polygon points="{_points(points)}" fill="{colour}"/>'


def _rain(chance: random.Random, palette: Palette) -> Iterator[str]:
    """The mountains behind slanting rain."""
    yield from _mountains(chance, palette)
    for _ in range(70):
        x, y, length = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT), chance.uniform(14, 34)
        yield (
            f'<path d="M{x:.0f} {y:.0f}l{-length / 3:.0f} {length:.0f}" stroke="{palette[0]}" '
            'stroke-width="2" stroke-linecap="round" opacity=".55"/>'
        )


def _sea(chance: random.Random, palette: Palette) -> Iterator[str]:
    """Waves below a low sun, and a sail or two."""
    yield _sun(chance, palette)
    for layer, colour in enumerate(palette[1:], 1):
        level, swing = 165 + 62 * layer, 5 + 3 * layer
        half = 60 + 14 * layer
        waves = "".join(f"t{half} 0" for _ in range(WIDTH // half + 2))
        start, first = -chance.randint(0, half), f"q{half // 2} {-swing * 2} {half} 0"
        yield (f'<path d="M{start} {level}{first}{waves}V{HEIGHT}H{start}z" fill="{colour}"/>')
        if layer < 3:
            x, sail = chance.randint(120, 680), palette[3] if layer == 1 else palette[0]
            yield f'<path d="M{x} {level + 12}l0 -58l34 46z" fill="{sail}"/>'


def _fields(chance: random.Random, palette: Palette) -> Iterator[str]:
    """Furrows that meet on the horizon, and trees along it."""
    yield _sun(chance, palette)
    horizon, middle = 210, chance.randint(260, 540)
    yield f'<rect y="{horizon}" width="{WIDTH}" height="{HEIGHT}" fill="{palette[2]}"/>'
    for number in range(-14, 15):
        left, right = middle + number * 120 - 26, middle + number * 120 + 26
        colour = palette[3] if number % 2 else palette[1]
        corners = _points([(middle + number * 6, horizon), (left, HEIGHT), (right, HEIGHT)])
        yield f'<polygon points="{corners}" fill="{colour}" opacity=".75"/>'
    for x in range(20, WIDTH, 60):
        radius, shift = chance.randint(14, 26), chance.randint(-14, 14)
        yield (
            f'<circle cx="{x + shift}" cy="{horizon - radius + 4}" r="{radius}" '
            f'fill="{palette[4]}"/><path d="M{x + shift} {horizon + 12}v-24" '
            f'stroke="{palette[4]}" stroke-width="5"/>'
        )


def _arches(chance: random.Random, palette: Palette) -> Iterator[str]:
    """A gallery of horseshoe arches; one of them is lit."""
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette[1]}"/>'
    count = chance.choice((4, 5))
    step, lit = WIDTH / count, chance.randrange(count)
    for number in range(count):
        centre, radius = (number + 0.5) * step, step * 0.36
        foot = radius * 0.82
        spring = 190 + radius * 0.57
        colour = palette[0] if number == lit else palette[4 if number % 2 else 3]
        yield (
            f'<path d="M{centre - foot:.0f} {HEIGHT}V{spring:.0f}A{radius:.0f} {radius:.0f} 0 1 1 '
            f'{centre + foot:.0f} {spring:.0f}V{HEIGHT}z" fill="{colour}" '
            f'stroke="{palette[2]}" stroke-width="9"/>'
        )
    yield f'<rect y="{HEIGHT - 26}" width="{WIDTH}" height="26" fill="{palette[2]}"/>'
    for x in range(0, WIDTH, 40):
        yield f'<path d="M{x} 22l20 20l20 -20z" fill="{palette[2]}"/>'


def _zellige(chance: random.Random, palette: Palette) -> Iterator[str]:
    """Tiles of eight-pointed stars and crosses."""
    side = chance.choice((90, 100, 112))
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette[4]}"/>'
    for row in range(-1, HEIGHT // side + 2):
        for column in range(-1, WIDTH // side + 2):
            x, y = (column + 0.5) * side, (row + 0.5) * side
            outer = palette[1] if (row + column) % 2 else palette[2]
            yield f'<polygon points="{_star(x, y, side * 0.5)}" fill="{outer}"/>'
            yield f'<polygon points="{_star(x, y, side * 0.3)}" fill="{palette[3]}"/>'
            if chance.random() < 0.8:
                yield f'<circle cx="{x:.0f}" cy="{y:.0f}" r="9" fill="{palette[0]}"/>'


def _star(x: float, y: float, radius: float) -> str:
    """Two squares laid over each other, one of them turned by 45 degrees."""
    inner = radius * math.cos(math.pi / 4) / math.cos(math.pi / 8)
    turns = ((number * math.pi / 8, inner if number % 2 else radius) for number in range(16))
    return _points((x + r * math.cos(angle), y + r * math.sin(angle)) for angle, r in turns)


def _sun(chance: random.Random, palette: Palette) -> str:
    x, y, radius = chance.randint(140, 660), chance.randint(80, 150), chance.randint(34, 62)
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{palette[1]}"/>'


def _points(points: Iterator[tuple[float, float]] | list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in points)


# Theme -> what is drawn; everything else is zellige.
_MOTIFS = {
    "rain": _rain,
    "weather": _mountains,
    "school": _mountains,
    "train": _mountains,
    "port": _sea,
    "festival": _sea,
    "solar": _fields,
    "olives": _fields,
    "argan": _fields,
    "market": _fields,
    "council": _arches,
    "books": _arches,
    "health": _arches,
}
