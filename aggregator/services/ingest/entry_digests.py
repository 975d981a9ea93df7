"""Digests of entries as their publisher wrote them, by which later documents are compared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import aggregator
from aggregator.keys import key64_of_bytes
from aggregator.types import FeedDocument, ParsedEntry

_LIBRARIES = ("feedparser", "nh3", "bleach", "ada-url")
# What decides how an entry is read, stored and recognised, beside the files next to the packages.
_PACKAGES = ("parse", "process", "text", "types", "services/ingest")


def entry_digests(
    entries: Sequence[ParsedEntry], document: FeedDocument, language: str, site_url: str | None
) -> list[int]:
    """Return a digest of each entry and of all else that its preparation depends on, but the time.

    `language` is that of the feed. Another version of the code gives other digests, so that an
    upgrade has everything prepared once more.
    """
    context = repr((code_version(), document.url, document.is_internal, language, site_url))
    hashed = blake2b(context.encode("utf-8", "replace"), digest_size=16).digest()
    return [key64_of_bytes(hashed + repr(entry).encode("utf-8", "replace")) for entry in entries]


@cache
def code_version() -> str:
    """Return a digest of the code that prepares entries and of the libraries that it uses.

    Nobody has to remember to raise a number when a rule changes.
    """
    root = Path(aggregator.__file__).parent
    digest = blake2b(digest_size=16)
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    for path in code_files(root):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def code_files(root: Path) -> list[Path]:
    """List the code that prepares entries, below `root`: all that `prepare` may import."""
    in_packages = (path for name in _PACKAGES for path in (root / name).rglob("*.py"))
    return sorted([*root.glob("*.py"), *in_packages])
