"""Mathematics as text: MathML is not shown, what it says is.

Source: https://www.w3.org/TR/mathml-core/, for the order of an element's children.
"""

import re
from collections.abc import Callable

_MATH = re.compile(r"<((?:[a-z]{1,8}:)?math)(?=[\s/>])[^<>]*>", re.IGNORECASE)
_TOKEN = re.compile(r"<(/?)(?:[a-z]{1,8}:)?([a-z][a-z-]*)[^<>]*?(/?)>|([^<]+)|<", re.IGNORECASE)
# Maximum characters of a formula that is laid out; of longer ones only the text is kept.
_MAX_FORMULA = 20_000
_ANY_TAG = re.compile(r"<[^<>]*>?")
_ALTERNATIVE = re.compile(r"""\salttext\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
# nh3 drops these with their text.
_ELEMENT = re.compile(
    r"</?(?:[a-z]{1,8}:)?(?:m(?:ath|enclose|error|frac|i|multiscripts|n|o|over|padded|phantom|root|row|s"
    r"|space|sqrt|style|sub|subsup|sup|table|td|text|tr|under|underover)|semantics)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
# Elements whose content repeats the formula in another notation.
_HIDDEN = frozenset(["annotation", "annotation-xml"])


def _grouped(text: str) -> str:
    """`text` in brackets unless it is one number or name."""
    return text if text.isalnum() or len(text) == 1 else f"({text})"


_LAYOUT: dict[str, Callable[[list[str]], str]] = {
    "mfrac": lambda parts: "/".join(map(_grouped, parts)),
    "msup": lambda parts: f"{parts[0]}<sup>{''.join(parts[1:])}</sup>",
    "msub": lambda parts: f"{parts[0]}<sub>{''.join(parts[1:])}</sub>",
    "msubsup": lambda parts: (
        f"{parts[0]}<sub>{''.join(parts[1:2])}</sub><sup>{''.join(parts[2:])}</sup>"
    ),
    "msqrt": lambda parts: f"√{_grouped(''.join(parts))}",
    "mroot": lambda parts: f"<sup>{''.join(parts[1:])}</sup>√{_grouped(parts[0])}",
    "mtd": lambda parts: f" {''.join(parts)} ",
    "mtr": lambda parts: f"{''.join(parts)}; ",
}


def rewrite_mathematics(html: str) -> str:
    """`html` with each `<math>` as a line of text; of one that is not closed only tags go."""
    lower, pieces, done = html.lower(), [], 0
    while start := _MATH.search(html, done):
        pieces.append(html[done : start.start()])
        end = lower.find(f"</{start[1].lower()}", start.end())
        if end < 0:
            return "".join(pieces) + _ELEMENT.sub("", html[start.start() :])
        close = html.find(">", end)
        pieces.append(_formula(html[start.end() : end]) or _alternative(start[0]))
        done = len(html) if close < 0 else close + 1
    return "".join(pieces) + html[done:]


def _alternative(tag: str) -> str:
    """What a formula without content says of itself."""
    found = _ALTERNATIVE.search(tag)
    return (found[1] or found[2] or "") if found else ""


def _formula(markup: str) -> str:
    if len(markup) > _MAX_FORMULA:
        return _ANY_TAG.sub("", markup)
    stack: list[tuple[str, list[str]]] = [("", [])]
    for closing, name, empty, text in _TOKEN.findall(markup):
        if text:
            if text := _SPACE.sub(" ", text).strip():
                stack[-1][1].append(text)
        elif not name or empty:
            continue
        elif not closing:
            stack.append((name.lower(), []))
        elif len(stack) > 1 and stack[-1][0] == name.lower():
            _close(stack)
    while len(stack) > 1:
        _close(stack)
    return "".join(stack[0][1])


def _close(stack: list[tuple[str, list[str]]]) -> None:
    name, parts = stack.pop()
    if parts and name not in _HIDDEN:
        stack[-1][1].append(_LAYOUT.get(name, "".join)(parts))
