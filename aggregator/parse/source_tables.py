"""Feeds of an OPML file as [[source]] tables, ready to append to the configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.types import SourceSpec

if TYPE_CHECKING:  # reading OPML imports XML, which writing a table does not need
    from aggregator.parse.opml import Outline

# The language of a tag such as "ar-MA"; "zh_Hans" occurs too.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?=[-_]|$)")


def source_tables(outlines: Iterable[Outline], taken: Collection[str]) -> list[str]:
    """A [[source]] table for each feed, with slugs that are not in `taken`."""
    slugs = set(taken)
    return [_as_toml(outline, slugs) for outline in outlines]


def source_table(spec: SourceSpec) -> str:
    """The [[source]] table of a source; a name that is the same in all languages stands once."""
    name = spec.name
    names = {"ar": name.ar, "fr": name.fr, "en": name.en}
    if len(set(names.values())) == 1:
        shown = _quoted(name.en)
    else:
        shown = f"{{ {', '.join(f'{key} = {_quoted(each)}' for key, each in names.items())} }}"
    lines = [
        "[[source]]",
        f"slug = {_quoted(spec.slug)}",
        f"name = {shown}",
        f"country = {_quoted(spec.country)}",
        f"language = {_quoted(spec.language)}",
    ]
    if spec.ownership:
        lines.append(f"ownership = {_quoted(spec.ownership)}")
    lines.append(f"timezone = {_quoted(spec.timezone)}")
    if spec.site:
        lines.append(f"site = {_quoted(spec.site)}")
    feeds = ", ".join(
        f"{{ url = {_quoted(feed.url)}, section = {_quoted(feed.section)} }}" for feed in spec.feeds
    )
    return "\n".join([*lines, f"feeds = [ {feeds} ]", ""])


def free_slug(title: str, address: str, taken: Collection[str]) -> str:
    """A slug for a source by its name, else by the host of its address, not in `taken`."""
    return _free_slug(title, address, set(taken))


def _as_toml(outline: Outline, slugs: set[str]) -> str:
    lines = [
        "[[source]]",
        f"slug = {_quoted(_free_slug(outline.title, outline.site or outline.url, slugs))}",
        f"name = {_quoted(outline.title)}",
    ]
    if language := _LANGUAGE.match(outline.language):
        lines.append(f"language = {_quoted(language[0])}")
    if outline.site:
        lines.append(f"site = {_quoted(outline.site)}")
    return "\n".join([*lines, f"feeds = [ {{ url = {_quoted(outline.url)} }} ]", ""])


def _free_slug(title: str, address: str, slugs: set[str]) -> str:
    """A slug from the Latin letters of the title or the host, numbered if it is taken."""
    host = (urlsplit(address).hostname or "").removeprefix("www.")
    slug = next(
        (
            made
            for text in (title, host.rsplit(".", 1)[0])
            if len(made := re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")) > 2
        ),
        "source",
    )[:60].strip("-")
    taken = slug
    number = 2
    while taken in slugs:
        taken = f"{slug}-{number}"
        number += 1
    slugs.add(taken)
    return taken


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are a subset of its own."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
