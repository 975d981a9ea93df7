"""The text of an article, made comfortable to read: wide parts scroll, pictures form galleries.

Works on stored content as nh3 writes it: every "<" outside an attribute begins a tag, every
attribute has double quotes. Anything else is returned unchanged. Only the constants below and the
labels are inserted between tags, so safe input stays safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

from flask import Flask

from web.request.i18n import translate
from web.request.preferences import current_preferences

_TAG = re.compile(r'(<)(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>|<')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_NEEDS_REWRITE = re.compile(r"<(?:table|pre|img|video|iframe)[ >]|<a[ >][^>]*>[\s&<]")
_VOID = frozenset({"br", "col", "hr", "img", "source", "wbr"})
_PHRASING = frozenset({"a", "br", "img", "span"})
# Elements that may wrap a single picture.
_PICTURE_WRAPPERS = frozenset({"a", "figure", "p", "div", "span", "li"})
# Elements that are a gallery if they hold nothing but pictures.
_GALLERIES = frozenset({"figure", "ul", "ol", "div", "section", "p"})
# Elements whose content model allows no extra wrapper.
_STRICT = frozenset({"ul", "ol", "dl", "ruby", "details"})
_PLAYING = frozenset({"audio", "iframe", "video"})
# Maximum nesting of elements; deeper text stays unchanged.
_MAX_DEPTH = 200
_IMAGE = re.compile(r"<img [^>]*>")
# Letters of an article, tags included, within which a picture opens it.
_OPENING_LENGTH = 1000
# Minimum width and height of a gallery picture; smaller images are smileys or ornaments.
_MIN_PICTURE_PX = 100


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels for screen readers, for parts without a text of their own."""

    table: str
    code: str
    gallery: str
    image: str
    frame: str


@dataclass(slots=True)
class _Node:
    """An element, or a text if `name` is empty."""

    name: str
    text: str = ""
    attributes: str = ""
    children: list[_Node] = field(default_factory=list)


def render_article(html: str, labels: Labels, *, images: bool = True) -> str:
    """Stored (sanitized) `html` for an article's page; without `images`, links replace them."""
    if not _NEEDS_REWRITE.search(html):
        return html
    root = _parse(html)
    if root is None:
        return html
    if not images:
        _replace_images(root, labels, linked=False)
    _label_elements(root, labels)
    return "".join(_serialize_children(root, labels))


def fetch_opening_early(html: str) -> str:
    """Have the picture that opens an article fetched first: most readers see it at once."""
    image = _IMAGE.search(html, 0, _OPENING_LENGTH)
    if image is None:
        return html
    early = image[0].replace(' loading="lazy"', ' fetchpriority="high"')
    return html[: image.start()] + early + html[image.end() :]


def init_app(app: Flask) -> None:
    """Give templates `prose`: `render_article` with the reader's preferences and language."""

    def for_reader(html: str) -> str:
        labels = Labels(
            translate("entry.table"),
            translate("entry.code"),
            translate("entry.gallery"),
            translate("entry.picture"),
            translate("entry.frame"),
        )
        shown = render_article(html, labels, images=current_preferences().images)
        return fetch_opening_early(shown)

    app.jinja_env.globals["prose"] = for_reader


def _parse(html: str) -> _Node | None:
    """The tree of `html`; None if it is not as nh3 writes it."""
    root = _Node("body")
    inside = [root]
    end = 0
    for tag in _TAG.finditer(html):
        if not tag[1]:
            return None
        if tag.start() > end:
            inside[-1].children.append(_Node("", html[end : tag.start()]))
        end = tag.end()
        if not tag[2]:
            node = _Node(tag[3], attributes=tag[4])
            inside[-1].children.append(node)
            if tag[3] not in _VOID:
                inside.append(node)
            if len(inside) > _MAX_DEPTH:
                return None
        elif inside.pop().name != tag[3] or not inside:
            return None
    root.children.append(_Node("", html[end:]))
    return root if inside == [root] else None


def _label_elements(node: _Node, labels: Labels) -> bool:
    """Label the links, images and frames without a name; whether `node` contains words."""
    if node.name == "img":
        alt = dict(_ATTRIBUTE.findall(node.attributes)).get("alt")
        if alt is None:
            node.attributes += ' alt=""'
        return bool(alt and alt.strip())
    if node.name == "iframe" and not re.search(r' title="[^"]*[^"\s]', node.attributes):
        node.attributes += f' aria-label="{escape(labels.frame)}"'
    words = not _is_blank(node) if not node.name else node.name in _PLAYING
    for child in node.children:
        words = _label_elements(child, labels) or words
    if node.name == "a" and not words:
        _label_link(node, labels)
    return words


def _label_link(link: _Node, labels: Labels) -> None:
    """Label a link around an image; turn an empty link into a span."""
    if _holds_image(link):
        link.attributes += f' aria-label="{escape(labels.image)}"'
    else:
        link.name, link.attributes = "span", ""


def _holds_image(node: _Node) -> bool:
    return node.name == "img" or any(map(_holds_image, node.children))


# --- writing ---------------------------------------------------------------------------------


def _serialize_children(parent: _Node, labels: Labels) -> Iterator[str]:
    """Serialize the children of `parent`, wrapping runs of pictures in galleries."""
    children = parent.children
    start = 0
    while start < len(children):
        end = _end_of_run(children, start) if parent.name not in _STRICT else start
        if end > start:
            run = children[start:end]
            tag = "span" if all(node.name in _PHRASING or not node.name for node in run) else "div"
            yield f"<{tag}{_gallery(labels)}>"
            for node in run:
                yield from _serialize(node, labels)
            yield f"</{tag}>"
            start = end
        else:
            yield from _serialize(children[start], labels)
            start += 1


def _serialize(node: _Node, labels: Labels) -> Iterator[str]:
    if not node.name:
        yield node.text
    elif node.name in _VOID:
        yield f"<{node.name}{node.attributes}>"
    elif node.name == "table":
        yield f'<div class="wide"{_region(labels.table)}>'
        yield from _serialize_verbatim(node)
        yield "</div>"
    elif node.name == "pre":
        yield from _serialize_verbatim(node, _region(labels.code))
    elif node.name in _GALLERIES and _is_gallery(node):
        yield from _serialize_verbatim(node, _gallery(labels, role=node.name not in ("ul", "ol")))
    else:
        yield f"<{node.name}{node.attributes}>"
        yield from _serialize_children(node, labels)
        yield f"</{node.name}>"


def _serialize_verbatim(node: _Node, added: str = "") -> Iterator[str]:
    if not node.name:
        yield node.text
        return
    yield f"<{node.name}{added}{node.attributes}>"
    if node.name not in _VOID:
        for child in node.children:
            yield from _serialize_verbatim(child)
        yield f"</{node.name}>"


def _region(label: str) -> str:
    return f' role="region" tabindex="0" aria-label="{escape(label)}"'


def _gallery(labels: Labels, *, role: bool = True) -> str:
    """The attributes of a gallery; a list keeps its role."""
    group = ' role="group"' if role else ""
    return f' class="gallery"{group} aria-label="{escape(labels.gallery)}"'


# --- pictures --------------------------------------------------------------------------------


def _end_of_run(children: list[_Node], start: int) -> int:
    """The index after a run of two or more pictures at `start`; `start` if there is no such run."""
    pictures, end = 0, start
    for at in range(start, len(children)):
        if _is_picture(children[at]):
            pictures, end = pictures + 1, at + 1
        elif not _is_blank(children[at]) or not pictures:
            break
    return end if pictures > 1 else start


def _is_gallery(node: _Node) -> bool:
    pictures = [child for child in node.children if not _is_blank(child)]
    return len(pictures) > 1 and all(_is_picture(child) for child in pictures)


def _is_picture(node: _Node) -> bool:
    """Whether `node` is an image, alone or wrapped, at most with its caption."""
    if node.name == "img":
        return not _is_small(node)
    if node.name not in _PICTURE_WRAPPERS:
        return False
    parts = [child for child in node.children if not _is_blank(child)]
    if node.name == "figure" and parts and parts[-1].name == "figcaption":
        del parts[-1]
    return len(parts) == 1 and _is_picture(parts[0])


def _is_small(image: _Node) -> bool:
    sizes = dict(_ATTRIBUTE.findall(image.attributes))
    given = [sizes[name] for name in ("width", "height") if sizes.get(name, "").isdecimal()]
    return any(int(size) < _MIN_PICTURE_PX for size in given)


def _is_blank(node: _Node) -> bool:
    return node.name == "br" or (not node.name and not node.text.replace("&nbsp;", "").strip())


def _replace_images(node: _Node, labels: Labels, *, linked: bool) -> None:
    """Put a link in the place of each image below `node`, or its words where a link is around."""
    for child in node.children:
        if child.name == "img":
            _replace_image(child, labels, linked=linked)
        else:
            if child.name == "video":
                child.attributes = re.sub(r' poster="[^"]*"', "", child.attributes)
            _replace_images(child, labels, linked=linked or child.name == "a")


def _replace_image(image: _Node, labels: Labels, *, linked: bool) -> None:
    attributes = dict(_ATTRIBUTE.findall(image.attributes))
    words = " ".join(unescape(attributes.get("alt", "")).split()) or labels.image
    image.children = [_Node("", escape(words, quote=False))]
    image.name = "span" if linked or "src" not in attributes else "a"
    image.attributes = ""
    if image.name == "a":
        href = f' href="{attributes["src"]}"'
        image.attributes = f'{href} rel="noopener noreferrer nofollow"'
