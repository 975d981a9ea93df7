"""The plain pages of the demo's publishers: an article, a front page, a list of outlets."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from aggregator.demo.articles import CASABLANCA, Article, dateline, excerpt
from aggregator.demo.outlets import OUTLETS, Outlet

_STYLE = """
body { margin: 0; font: 1.1rem/1.75 "Noto Naskh Arabic", "Noto Serif", Georgia, serif;
  color: #222; background: #fbfaf7; }
header { padding: .9rem 1.5rem; background: var(--colour); }
header a { color: #fff; font-weight: bold; text-decoration: none; font-size: 1.3rem; }
main { max-width: 42rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
h1 { line-height: 1.35; } h2 { font-size: 1.2rem; }
img { max-width: 100%; height: auto; border-radius: .3rem; }
a { color: var(--colour); } .by { color: #666; font-size: .9rem; }
blockquote { margin-inline: 0; padding-inline-start: 1rem;
  border-inline-start: .25rem solid var(--colour); }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem; border: 1px solid #ccc;
  text-align: start; } figure { margin-inline: 0; }
"""


def article_page(outlet: Outlet, article: Article) -> str:
    """The whole article, as a reader who follows its link sees it."""
    picture = ""
    if article.image:
        picture = f'<img src="/pictures/{article.image}.svg" alt="" width="800" height="450">\n'
    by = f"{escape(article.author)} · " if article.author else ""
    return _page(
        outlet,
        article.title,
        f"<article>\n<h1>{escape(article.title)}</h1>\n"
        f'<p class="by">{by}{_moment(outlet, article)}</p>\n{picture}{article.body}\n</article>',
    )


def front_page(outlet: Outlet, articles: Sequence[Article]) -> str:
    """The headlines of an outlet, newest first."""
    headlines = "\n".join(
        f'<h2><a href="/{outlet.slug}/articles/{article.id}">{escape(article.title)}</a></h2>\n'
        f'<p>{escape(excerpt(article.body))}</p>\n<p class="by">{_moment(outlet, article)}</p>'
        for article in articles
    )
    return _page(outlet, outlet.name, headlines)


def broken_page(outlet: Outlet) -> str:
    """The answer of the broken outlet to everything, its feed included, with status 200."""
    return _page(
        outlet,
        outlet.name,
        "<h1>الموقع قيد الصيانة</h1>\n<p>نعتذر لقرائنا الأوفياء: تخضع بوابتنا الإلكترونية لأشغال "
        "صيانة، ونعود إليكم في أقرب وقت.</p>",
    )


def list_page() -> str:
    """The outlets of this publisher."""
    links = "\n".join(
        f'<li><a href="/{outlet.slug}/" lang="{outlet.language}">{escape(outlet.name)}</a> '
        f'(<a href="/{outlet.slug}/feed">feed</a>)</li>'
        for outlet in OUTLETS
    )
    return (
        '<!doctype html>\n<html lang="en" dir="ltr">\n<head><meta charset="utf-8">'
        "<title>Sample publisher</title></head>\n<body>\n<h1>Sample publisher</h1>\n"
        "<p>All these outlets, their authors and their news are invented.</p>\n"
        f"<ul>\n{links}\n</ul>\n</body>\n</html>\n"
    )


def _page(outlet: Outlet, title: str, content: str) -> str:
    direction = "rtl" if outlet.language == "ar" else "ltr"
    return (
        f'<!doctype html>\n<html lang="{outlet.language}" dir="{direction}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>:root {{ --colour: {outlet.colour} }}{_STYLE}</style>\n</head>\n<body>\n"
        f'<header><a href="/{outlet.slug}/">{escape(outlet.name)}</a></header>\n'
        f"<main>\n{content}\n</main>\n</body>\n</html>\n"
    )


def _moment(outlet: Outlet, article: Article) -> str:
    local = article.published_at.astimezone(CASABLANCA)
    shown = f"{local:%d/%m/%Y, %H:%M}"
    if outlet.language == "ar":
        shown = f"{dateline(article.published_at)}، {local:%H:%M}"
    return f'<time datetime="{article.published_at.isoformat()}">{shown}</time>'
