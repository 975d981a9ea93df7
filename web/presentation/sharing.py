"""A page as others see it: the address to share, and what a link to it shows.

Search engines and messengers read Open Graph, Twitter cards and JSON-LD (schema.org). The address
names the language of the interface (`hl`), so that others see the page as it was shared.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from flask import Flask, request
from markupsafe import Markup

from aggregator.services.reading.stories import StoryView
from aggregator.types import EntryDetail, EntryPage, EntrySummary, Owner, SourceOverview, Topic
from web.assets.asset import content_version
from web.feeds_out.formats import FORMATS
from web.presentation.addresses import safe_url
from web.presentation.drawing import HEIGHT, WIDTH
from web.presentation.names import excerpt, owner_name, section_name, source_name, title_of
from web.request.database import settings
from web.request.i18n import LANGUAGE_PARAMETER, LANGUAGES, current_language, translate
from web.request.list_context import ListContext, list_path, list_url

# As Facebook names them.
OG_LOCALES = {"ar": "ar_AR", "fr": "fr_FR", "en": "en_GB"}
MAX_DESCRIPTION = 200
# Maximum entries of a list that its JSON-LD names.
_MAX_LISTED = 10
Data = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PagePreview:
    """What a link to a page shows. Addresses are absolute."""

    path: str
    """Path and query below `web.base_url`, without the language."""
    title: str
    description: str
    data: Data
    """JSON-LD without its context."""
    picture: str
    """The article's own; else the path of one that is drawn, below /pictures/."""
    kind: str = "website"
    canonical: str = ""
    """The publisher's address of an article; empty: this page's own."""
    feed: str = ""
    """The address of its feeds without the format: "/front"; empty if it has none."""
    feed_query: str = ""
    files: tuple[str, ...] = ()
    """Further formats at the address of its feeds: "opml", "csv"."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Further properties of Open Graph."""

    @property
    def url(self) -> str:
        """The address to share: this page in the language in which it is shown."""
        return localized_url(self.path, current_language())

    @property
    def canonical_url(self) -> str:
        """The address that search engines show."""
        return self.canonical or self.url

    @property
    def alternates(self) -> dict[str, str]:
        """The address of the page in each language of the interface; "x-default" chooses."""
        urls = {language: localized_url(self.path, language) for language in LANGUAGES}
        return urls | {"x-default": settings().base_url + self.path}

    @property
    def is_drawn(self) -> bool:
        """Whether the picture is drawn here, which fixes its size."""
        return self.picture.startswith("/")

    @property
    def image(self) -> str:
        """The address of the picture; it changes with the title that is drawn."""
        if not self.is_drawn:
            return self.picture
        path = f"{self.picture}?v={content_version(self.title)}"
        return localized_url(path, current_language())

    @property
    def json_ld(self) -> Markup:
        """The data as the text of a script element."""
        document = {"@context": "https://schema.org", **self.data}
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        for sign, escaped in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
            text = text.replace(sign, escaped)
        return Markup(text)  # noqa: S704  # nothing in it can end the element

    @property
    def feeds(self) -> dict[str, str]:
        """The address of its feed in each format."""
        if not self.feed:
            return {}
        language = current_language()
        return {
            kind: request.script_root + _with_language(self.feed_path(kind), language)
            for kind in FORMATS
        }

    def feed_path(self, kind: str) -> str:
        """The path of its feed in a format."""
        return f"{self.feed}.{kind}{self.feed_query}"

    @property
    def targets(self) -> dict[str, str]:
        """Where to share without a sheet of the system: the name of a service -> its address."""
        text, url = self.title, self.url
        both = f"{text}\n{url}"
        return {
            "whatsapp": f"https://wa.me/?{_query(text=both)}",
            "telegram": f"https://t.me/share/url?{_query(url=url, text=text)}",
            "mail": f"mailto:?{_query(subject=text, body=both)}",
        }


def localized_url(path: str, language: str) -> str:
    """The public address of a path in a language of the interface."""
    return settings().base_url + _with_language(path, language)


def entry_preview(entry: EntryDetail) -> PagePreview:
    """The page of an entry; search engines are led to the publisher's."""
    shown = entry.summary
    path, original = f"/entries/{shown.id}", safe_url(shown.url)
    description = _description(shown)
    times = {"article:published_time": shown.published_at.isoformat(timespec="seconds")}
    if shown.updated_at:
        times["article:modified_time"] = shown.updated_at.isoformat(timespec="seconds")
    return PagePreview(
        path,
        title_of(shown),
        description,
        _article(shown, path),
        _photograph(shown) or f"/pictures{path}.png",
        kind="article",
        canonical=original,
        properties=times | {"article:author": shown.author or source_name(shown.source)},
    )


def story_preview(story: StoryView) -> PagePreview:
    """The page of a story: its lead's headline and picture."""
    lead, path = story.lead, f"/stories/{story.id}"
    title, description = title_of(lead), _description(lead)
    return PagePreview(
        path,
        title,
        description,
        _collection(path, title, description, reversed(story.entries)),
        _photograph(lead) or f"/pictures{path}.png",
        kind="article",
        feed=path,
        properties={"article:published_time": story.first_at.isoformat(timespec="seconds")},
    )


def source_preview(source: SourceOverview, page: EntryPage) -> PagePreview:
    """The page of a source."""
    path, name = f"/sources/{source.source.slug}", source_name(source.source)
    about = translate("share.source", source=name)
    data = _collection(path, name, about, page.entries)
    return PagePreview(path, name, about, data, f"/pictures{path}.png", feed=path)


def owner_preview(owner: Owner, page: EntryPage) -> PagePreview:
    """The page of an owner."""
    path, name = f"/owners/{owner.slug}", owner_name(owner)
    about = translate("share.owner", owner=name)
    data = _collection(path, name, about, page.entries)
    return PagePreview(path, name, about, data, "/pictures/site.png")


def topic_preview(topic: Topic, page: EntryPage) -> PagePreview:
    """The page of a topic."""
    language, content = current_language(), topic.content
    path, name = f"/topics/{content.slug}", content.name.get(language)
    about = excerpt(content.about.get(language) or translate("site.description"), MAX_DESCRIPTION)
    data, picture = _collection(path, name, about, page.entries), f"/pictures{path}.png"
    return PagePreview(path, name, about, data, picture, feed=path, files=("opml", "csv"))


def section_preview(section: str, page: EntryPage) -> PagePreview:
    """The page of a section."""
    path, name = f"/sections/{section}", section_name(section)
    about = translate("section.description", section=name)
    data = _collection(path, name, about, page.entries)
    return PagePreview(path, name, about, data, f"/pictures{path}.png", feed=path)


def front_preview(context: ListContext) -> PagePreview:
    """The front page, narrowed or not."""
    path = list_url(context, unread=None).removeprefix(request.script_root)
    name, about = translate("site.name"), translate("site.description")
    action = {
        "@type": "SearchAction",
        "target": f"{settings().base_url}/search?q={{q}}",
        "query-input": "required name=q",
    }
    data = {"@type": "WebSite", "name": name, "description": about, "potentialAction": action}
    return PagePreview(
        path,
        name,
        about,
        data | _place(path),
        "/pictures/site.png",
        feed="/front",
        feed_query=path.removeprefix(list_path(context).removeprefix(request.script_root)),
    )


def search_preview(query: str) -> PagePreview:
    """The page of a search; of the search itself without a query."""
    asked = query.strip()
    values = f"?{_query(q=asked)}" if asked else ""
    title = asked or translate("search.title")
    about = translate("site.description")
    data = {"@type": "SearchResultsPage", "name": title} | _place(f"/search{values}")
    return PagePreview(
        f"/search{values}",
        title,
        about,
        data,
        "/pictures/site.png",
        feed="/search" if asked else "",
        feed_query=values,
        files=("csv",),
    )


def plain_preview(path: str, title: str) -> PagePreview:
    """Any other public page."""
    about = translate("site.description")
    data = {"@type": "WebPage", "name": title} | _place(path)
    return PagePreview(path, title, about, data, "/pictures/site.png")


def _article(entry: EntrySummary, path: str) -> Data:
    data: dict[str, object] = {
        "@type": "NewsArticle",
        "headline": excerpt(title_of(entry), 110),
        "description": _description(entry),
        "url": safe_url(entry.url) or settings().base_url + path,
        "mainEntityOfPage": settings().base_url + path,
        "datePublished": entry.published_at.isoformat(timespec="seconds"),
        "dateModified": (entry.updated_at or entry.published_at).isoformat(timespec="seconds"),
        "inLanguage": entry.language,
        "publisher": {"@type": "Organization", "name": source_name(entry.source)},
    }
    if entry.author:
        data["author"] = {"@type": "Person", "name": entry.author}
    if image := _photograph(entry):
        data["image"] = image
    return data


def _collection(path: str, name: str, about: str, entries: Iterable[EntrySummary]) -> Data:
    items = [
        {
            "@type": "ListItem",
            "position": position,
            "name": title_of(entry),
            "url": f"{settings().base_url}/entries/{entry.id}",
        }
        for position, entry in zip(range(1, _MAX_LISTED + 1), entries, strict=False)
    ]
    listed = {"@type": "ItemList", "itemListElement": items}
    data = {"@type": "CollectionPage", "name": name, "description": about, "mainEntity": listed}
    return data | _place(path)


def _description(entry: EntrySummary) -> str:
    """The beginning of the text; whose it is if there is none."""
    text = excerpt(entry.summary, MAX_DESCRIPTION)
    return text or translate("share.source", source=source_name(entry.source))


def _photograph(entry: EntrySummary) -> str:
    """The article's own picture; empty for a drawing in SVG, which no messenger shows."""
    image = safe_url(entry.image_url)
    return "" if image.partition("?")[0].lower().endswith(".svg") else image


def _place(path: str) -> dict[str, object]:
    return {"url": settings().base_url + path, "inLanguage": current_language()}


def _with_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{LANGUAGE_PARAMETER}={language}"


def _query(**values: str) -> str:
    """A query with %20 for spaces: a plus would be read as such in a mail."""
    return urlencode(values, quote_via=quote)


def init_app(app: Flask) -> None:
    """Give templates the previews of pages."""
    functions = (
        entry_preview,
        story_preview,
        source_preview,
        owner_preview,
        topic_preview,
        section_preview,
        front_preview,
        search_preview,
        plain_preview,
    )
    app.jinja_env.globals.update({function.__name__: function for function in functions})
    app.jinja_env.globals.update(
        og_locales=OG_LOCALES, feed_formats=FORMATS, picture_size=(WIDTH, HEIGHT)
    )
