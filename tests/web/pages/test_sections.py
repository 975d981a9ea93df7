"""Pages of sections, and stories that editors pin to the front page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from aggregator.config.schema import FrontModel
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, FrontPin
from tests.web.browser import Browser
from web.state import state_of


@pytest.fixture(autouse=True)
def sections(newsroom: Database) -> None:
    """Entry 1 and its copy are of society, entry 3 is of the region."""
    with newsroom.write() as session:
        for id_, section in ((1, "society"), (2, "society"), (3, "region")):
            session.execute(update(Entry).where(Entry.id == id_).values(section=section))


def test_a_section_lists_its_stories_and_entries_lead_back(driss: Browser) -> None:
    page = driss.get("/sections/society").text
    assert "<h1>مجتمع</h1>" in page
    assert "امتلاء السدود" in page
    assert "Tunis" not in page
    assert 'href="/entries/1?in=section%3Asociety"' in page
    entry = driss.get("/entries/1?in=section%3Asociety").text
    assert 'href="/sections/society"' in entry
    assert "Tunis" not in entry  # no neighbour of another section


def test_the_front_page_links_to_sections_that_have_stories(driss: Browser) -> None:
    page = driss.get("/").text
    assert set(re.findall(r'href="/sections/([a-z]+)"', page)) <= {"society", "region"}
    assert driss.get("/sections/sport").text.count("<article") == 0
    assert driss.get("/sections/none").status_code == 404


def test_operators_choose_the_sections(driss: Browser, newsroom: Database) -> None:
    app = driss.client.application
    state = state_of(app)
    app.extensions["marsad"] = type(state)(
        **{
            name: getattr(state, name)
            for name in state.__dataclass_fields__
            if name not in ("sections", "caches")
        },
        sections=("society",),
    )
    assert driss.get("/sections/society").status_code == 200
    assert driss.get("/sections/region").status_code == 404


def test_marking_a_section_leaves_the_others_unread(amina: Browser) -> None:
    page = amina.get("/sections/region").text
    assert 'name="in" value="section:region"' in page
    amina.post("/entries/read-all", **{"in": "section:region", "up_to": "3"})
    listed = amina.get("/api/v1/entries?limit=10").json["entries"]
    assert {entry["id"] for entry in listed if entry["read"]} == {3}
    assert "Tunis" not in amina.get("/sections/region?unread=1").text


def test_an_editor_pins_a_story_and_takes_it_back(
    brahim: Browser, driss: Browser, newsroom: Database
) -> None:
    assert "Tunis" in driss.get("/").text
    form = brahim.get("/stories/3").text
    assert 'action="/stories/3/pin"' in form
    assert brahim.post("/stories/3/pin", hours="6").status_code == 303
    page = brahim.get("/stories/3").text
    assert "أُبرز الخبر" in page
    assert "من طرف" in page
    front = driss.get("/").text
    assert "من اختيار هيئة التحرير" in front
    assert front.index("Tunis") < front.index("امتلاء السدود")
    brahim.post("/stories/3/pin")
    undo = re.search(r'name="until" value="([^"]+)"', brahim.get("/").text)
    assert undo
    brahim.post("/stories/3/pin", until=undo[1])
    with newsroom.read() as session:
        (pin,) = session.execute(select(FrontPin)).scalars()
    assert pin.editor == "Brahim"
    assert timedelta(hours=5) < pin.expires_at - pin.pinned_at <= timedelta(hours=6)


@pytest.mark.parametrize("form", [{"hours": "5"}, {"until": "soon"}, {"until": "2199-01-01"}])
def test_a_pin_ends_within_two_days(brahim: Browser, form: dict[str, str]) -> None:
    assert brahim.post("/stories/3/pin", **form).status_code == 400


def test_readers_cannot_pin(amina: Browser) -> None:
    assert amina.post("/stories/3/pin", hours="6").status_code == 403
    assert "/stories/3/pin" not in amina.get("/stories/3").text


def test_the_lead_picture_is_fetched_first_and_keeps_its_place(
    driss: Browser, newsroom: Database
) -> None:
    with newsroom.write() as session:
        picture = "https://p.example/1.jpg"
        session.execute(update(Entry).values(image_url=picture))
    page = driss.get("/").text
    lead, *others = re.findall(r"<img [^>]*>", page.partition("<main")[2])
    assert 'fetchpriority="high"' in lead
    assert "loading" not in lead
    assert re.search(r'width="\d+" height="\d+"', lead)
    assert others
    assert all('loading="lazy"' in image and "fetchpriority" not in image for image in others)
    assert f'rel="preload" as="image" href="{picture}" fetchpriority="high"' in page


def test_sections_are_configured_by_name() -> None:
    assert FrontModel(sections=("sport",)).sections == ("sport",)
    for wrong in (("sports",), ("sport", "sport")):
        with pytest.raises(ValueError, match="section"):
            FrontModel(sections=wrong)
