"""Make the images of a body ordinary: load lazy ones, drop beacons and placeholders.

Nothing here matters for safety: the result goes through nh3.
"""

import re
from dataclasses import dataclass, field
from html import escape, unescape

from aggregator.process.html.pictures import (
    Candidate,
    best_picture,
    element_candidates,
    is_lazy,
    is_tiny,
)
from aggregator.process.html.tags import ATTRIBUTES, parse_attributes

_TAG = re.compile(
    rf"<(img|amp-img|amp-anim|source|/?picture|/?noscript)(?=[\s/>]){ATTRIBUTES}", re.IGNORECASE
)
_ESCAPED_NOSCRIPT = re.compile(r"(<noscript(?:\s[^<>]*)?>)([^<]*&lt;[a-z!/][^<]*)", re.IGNORECASE)
_IN_NOSCRIPT = re.compile(rf"<(img|amp-img|source|iframe)(?=[\s/]){ATTRIBUTES}", re.IGNORECASE)
# An `<amp-img>` for when the one around it fails.
_SPARE = re.compile(r"\s(?:fallback|placeholder)(?=[\s/>=])", re.IGNORECASE)
# Most bodies have neither of the others, and a single name is found faster.
_IMAGE = re.compile(rf"<(img)(?=[\s/]){ATTRIBUTES}", re.IGNORECASE)
_ONLY_TAGS = re.compile(r"(?:\s|<[^<>]*>)*+")
_KEPT = ("alt", "title", "width", "height")


@dataclass(slots=True)
class _Image:
    """An image that was written, with what is needed to choose again if a copy of it follows."""

    piece: int
    candidates: list[Candidate]
    attributes: dict[str, str]
    in_noscript: bool
    lazy: bool


@dataclass(slots=True)
class _Images:
    """The state of one pass over a body."""

    pieces: list[str] = field(default_factory=list)
    sources: list[Candidate] | None = None
    """Candidates of the open `<picture>`, None outside of one."""
    in_noscript: bool = False
    promoted: set[str] = field(default_factory=set)
    last: _Image | None = None
    """The image that only tags separate from the next."""

    def text(self, text: str) -> None:
        """Keep what stands between two tags."""
        self.pieces.append(text)
        if self.last and text and not _ONLY_TAGS.fullmatch(text):
            self.last = None

    def tag(self, tag: re.Match[str]) -> None:
        """Rewrite one tag."""
        name = tag[1].lower()
        if name.endswith("noscript"):
            self.in_noscript = name[0] != "/"
        elif name == "picture":
            self.sources = []
        elif name == "/picture":
            if self.sources:
                self._image({}, None)
            self.sources = None
        elif name == "source":
            self._source(tag)
        elif name == "img":
            self._image(parse_attributes(tag[2]), tag[0])
        elif not _SPARE.search(tag[0]):
            self._image(parse_attributes(tag[2]), None)

    def _source(self, tag: re.Match[str]) -> None:
        if self.sources is not None:
            attributes = parse_attributes(tag[2])
            if any(name.endswith("srcset") for name in attributes):
                attributes.pop("src", None)
                self.sources += element_candidates(attributes)
                return
        self.pieces.append(tag[0])

    def _image(self, attributes: dict[str, str], written: str | None) -> None:
        """Write one image; `written` is its own tag, if that can stay as it is."""
        candidates = element_candidates(attributes)
        if self.sources is not None:
            candidates += self.sources
            self.sources = []
        address = None if is_tiny(attributes) else best_picture(candidates)
        if address is None:
            return
        image = _Image(len(self.pieces), candidates, attributes, self.in_noscript, written is None)
        if self._is_copy(image):
            return
        unchanged = written is not None and address == attributes.get("src", "").strip()
        if (unchanged or self.in_noscript) and address in self.promoted:
            return
        if not unchanged:
            self.promoted.add(address)
            written = _written(address, attributes)
        self.pieces.append(written or "")
        self.last = image

    def _is_copy(self, image: _Image) -> bool:
        """Merge the lazy image and its copy for browsers without scripts, in either order."""
        last = self.last
        if last is None or last.in_noscript == image.in_noscript:
            return False
        first = image if last.in_noscript else last
        if not first.lazy and not is_lazy(first.attributes):
            return False
        candidates = last.candidates + image.candidates
        attributes = {**image.attributes, **{k: v for k, v in last.attributes.items() if v}}
        address = best_picture(candidates)
        if address:
            self.pieces[last.piece] = _written(address, attributes)
            self.promoted.add(address)
        self.last = None
        return True


def rewrite_images(html: str, *, ordinary: bool = False) -> str:
    """`html` with each picture as one ordinary `<img>` at its best address.

    Beacons, placeholders and the elements around pictures (`<picture>`, `<noscript>`) go;
    `ordinary` promises that there are none of those elements.
    """
    images = _Images()
    done = 0
    for tag in (_IMAGE if ordinary else _TAG).finditer(html):
        images.text(html[done : tag.start()])
        done = tag.end()
        images.tag(tag)
    images.pieces.append(html[done:])
    return "".join(images.pieces)


def unescape_noscripts(html: str) -> str:
    """`html` with the images and frames of escaped `<noscript>` elements as elements.

    Nothing else of those: other elements could nest without end.
    """
    return _ESCAPED_NOSCRIPT.sub(_unescaped, html)


def _unescaped(noscript: re.Match[str]) -> str:
    tags = _IN_NOSCRIPT.finditer(unescape(noscript[2]))
    return noscript[1] + "".join(
        f"{tag[0]}</iframe>" if tag[1].lower() == "iframe" else tag[0] for tag in tags
    )


def _written(address: str, attributes: dict[str, str]) -> str:
    kept = "".join(f' {name}="{escape(attributes[name])}"' for name in _KEPT if name in attributes)
    return f'<img src="{escape(address)}"{kept}>'
