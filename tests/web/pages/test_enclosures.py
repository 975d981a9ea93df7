"""Which files of an entry a page offers, and as what."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, EntryContent
from aggregator.types import Enclosure
from tests.web.browser import Browser

HOST = "https://files.example"


@pytest.fixture
def page_with(newsroom: Database, driss: Browser):  # type: ignore[no-untyped-def]  # a factory
    def make(*enclosures: Enclosure, content: str = "<p>نص</p>", image: str | None = None) -> str:
        rows = [
            {"url": e.url, "type": e.type, "length": e.length} | ({"alt": e.alt} if e.alt else {})
            for e in enclosures
        ]
        with newsroom.write() as session:
            session.execute(
                update(EntryContent)
                .where(EntryContent.entry_id == 1)
                .values(enclosures=rows, content=content)
            )
            session.execute(update(Entry).where(Entry.id == 1).values(image_url=image))
        return driss.get("/entries/1", headers={"Accept-Language": "fr"}).text

    return make


def test_sound_and_film_play_in_place(page_with) -> None:  # type: ignore[no-untyped-def]
    page = page_with(
        Enclosure(f"{HOST}/a.mp3", "audio/mpeg", 23_456_789),
        Enclosure(f"{HOST}/v.mp4", "video/mp4"),
        Enclosure(f"{HOST}/b.ogg", "application/octet-stream"),
        image=f"{HOST}/poster.jpg",
    )
    assert f'<audio controls preload="none" src="{HOST}/a.mp3"' in page
    assert f'<audio controls preload="none" src="{HOST}/b.ogg"' in page
    assert f'<video controls preload="none" src="{HOST}/v.mp4"' in page
    assert f'poster="{HOST}/poster.jpg"' in page
    assert "23,5" in page


def test_other_files_are_links_with_their_size(page_with) -> None:  # type: ignore[no-untyped-def]
    page = page_with(
        Enclosure(f"{HOST}/rapport%202026.pdf", "application/pdf", 345_678),
        Enclosure(f"{HOST}/x", "chemical/x-pdb"),
        Enclosure(f"{HOST}/%3Cscript%3E", ""),
    )
    assert '<bdi dir="ltr">rapport 2026.pdf</bdi>' in page
    assert "346" in page
    assert f'href="{HOST}/x"' in page
    assert "&lt;script&gt;" in page
    assert "<audio" not in page


def test_pictures_are_shown_unless_they_are_there_already(page_with) -> None:  # type: ignore[no-untyped-def]
    page = page_with(
        Enclosure(f"{HOST}/opening.jpg", "image/jpeg"),
        Enclosure(f"{HOST}/inside.jpg?a=1&b=2", "image/jpeg"),
        Enclosure(f"{HOST}/more.jpg", "image/jpeg"),
        Enclosure(f"{HOST}/more.jpg", "image/jpeg"),
        content=f'<p>نص</p><img src="{HOST}/inside.jpg?a=1&amp;b=2">',
        image=f"{HOST}/opening.jpg",
    )
    assert page.count(f'src="{HOST}/inside.jpg') == 1
    assert "opening.jpg" not in page.partition("<main")[2]  # the text has a picture of its own
    assert page.count(f'<img src="{HOST}/more.jpg"') == 1
    assert "enclosures" not in page
    opening = Enclosure(f"{HOST}/opening.jpg", "image/jpeg")
    page = page_with(opening, image=f"{HOST}/opening.jpg")
    assert page.count(f'<img class="opening" src="{HOST}/opening.jpg"') == 1


def test_pictures_are_described(page_with) -> None:  # type: ignore[no-untyped-def]
    page = page_with(
        Enclosure(f"{HOST}/a.webp", alt='سوق "الأحد" <b>'), Enclosure(f"{HOST}/b.avif", "")
    )
    assert f'<img src="{HOST}/a.webp" alt="سوق &#34;الأحد&#34; &lt;b&gt;"' in page
    assert f'<img src="{HOST}/b.avif" alt="Image"' in page


def test_without_images_they_are_links(page_with, driss: Browser) -> None:  # type: ignore[no-untyped-def]
    driss.client.post("/preferences", data={"images": "0"})
    page = page_with(
        Enclosure(f"{HOST}/more.jpg", "image/jpeg"),
        Enclosure(f"{HOST}/v.mp4", "video/mp4"),
        content=f'<img src="{HOST}/inside.jpg" alt="سد">',
        image=f"{HOST}/opening.jpg",
    )
    assert "<img" not in page
    assert "poster" not in page
    assert f'href="{HOST}/more.jpg"' in page
    assert f'<a href="{HOST}/inside.jpg" rel="noopener noreferrer nofollow">سد</a>' in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", "ftp://x/a.mp3"])
def test_only_addresses_of_the_web(page_with, url: str) -> None:  # type: ignore[no-untyped-def]
    assert url not in page_with(Enclosure(url, "audio/mpeg"))


def test_not_without_end(page_with) -> None:  # type: ignore[no-untyped-def]
    page = page_with(*(Enclosure(f"{HOST}/{n}.mp3", "audio/mpeg") for n in range(500)))
    assert page.count("<audio") == 40
