"""Stories from invented articles in three languages: what joins, and what never does."""

import itertools
import random
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.process.analysis.story_features import story_features
from aggregator.process.stories import clustering
from aggregator.process.stories.similarity import story_vector
from aggregator.text.tokens import folded_words

FOLDER = Path(__file__).parents[2] / "data" / "stories"
CASES = [
    case
    for name in ("hard", "lookalikes")
    for case in tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))["article"]
]
BEGAN = datetime(2026, 11, 24, 8, tzinfo=UTC)
DISPATCH = (
    "تيزران (و.ب) – دشن والي الجهة، صباح الخميس، مركبا رياضيا للقرب بحي الزيتون في تيزران بكلفة 14 "
    "مليون درهم. ويضم المركب ملعبا معشوشبا وقاعة مغطاة ومسبحا نصف أولمبي، وينتظر أن يستفيد منه "
    "3200 شاب من ستة أحياء. وقال رئيس الجماعة إن الأشغال استغرقت سنتين وإن التسيير "
    "سيعهد به إلى جمعيات الحي."
)


class Stream:
    """Entries as they arrive, one hour after the other unless said otherwise."""

    def __init__(self) -> None:
        self.window = clustering.StoryWindow()
        self.texts: dict[int, str] = {}

    def arrive(
        self,
        title: str,
        text: str = "",
        *,
        source: int = 0,
        language: str = "ar",
        hours: float | None = None,
    ) -> clustering.StoryAssignment:
        number = len(self.texts) + 1
        self.texts[number] = text
        at = BEGAN + timedelta(hours=number if hours is None else hours)
        entry = story_vector(
            number, source or number, language, at, story_features(title, text),
            self.window.frequencies,
        )  # fmt: skip
        terms = clustering.index_terms(entry)
        candidates = clustering.find_candidates(entry, terms, self.window.postings)
        clustering.add_postings(number, terms, self.window.postings)
        placement = clustering.assign_story(entry, candidates, self.window, self._words)
        clustering.add_to_window(entry, placement, self.window)
        return placement

    def story(self, number: int) -> int:
        return self.window.story_of[number]

    def _words(self, number: int) -> Sequence[str]:
        return folded_words(self.texts[number])


def _cases(*events: str) -> tuple[Stream, dict[str, set[int]]]:
    """The cases of these events, and the stories that each event became."""
    stream, found = Stream(), {}
    sources = sorted({case["source"] for case in CASES})
    chosen = [case for case in CASES if case["event"] in events]
    for number, case in enumerate(sorted(chosen, key=lambda each: each["hours"]), 1):
        stream.arrive(
            case["title"], case["body"], source=sources.index(case["source"]) + 1,
            language=case["language"], hours=case["hours"],
        )  # fmt: skip
        found.setdefault(case["event"], []).append(number)
    return stream, {event: {stream.story(n) for n in numbers} for event, numbers in found.items()}


@pytest.mark.parametrize(
    "events",
    [
        ("match-cup", "match-league"),
        ("weather-mon", "weather-tue", "weather-wed"),
        ("prayer-1", "prayer-2"),
        ("fx-1", "fx-2"),
        ("quake", "quake-anniversary"),
        ("accident-bus", "museum", "strike-teachers"),
        ("acc-tizrane", "acc-aghbala", "acc-marsa", "acc-oulad"),
        ("club-signing", "club-coach", "club-injury", "club-stadium", "club-fine"),
    ],
    ids=lambda events: events[0],
)
def test_what_is_easily_confused_stays_apart(events):
    _, found = _cases(*events)
    assert not set.intersection(*found.values())
    assert sum(map(len, found.values())) == len(set.union(*found.values()))


@pytest.mark.parametrize("event", ["museum", "quake", "match-cup", "minister-port", "club-coach"])
def test_one_event_in_three_languages_is_one_story(event):
    _, found = _cases(event)
    assert len(found[event]) == 1


def test_two_floods_have_rain_river_and_bridge_in_common_and_stay_two_stories():
    stream = Stream()
    stream.arrive(
        "السيول تجرف قنطرة على واد إيغلي",
        "جرفت سيول الأمطار القوية قنطرة على واد إيغلي، وعزلت دواوير، وعلقت الدراسة بمدرسة "
        "قريبة، فيما نقل مصاب إلى المستشفى وقطعت الطريق.",
    )
    stream.arrive(
        "Pluie et crue : un pont submergé par l’oued, la route coupée",
        "La pluie a fait monter l’oued, qui a submergé un pont et coupé la route. Les inondations "
        "ont fermé une école ; un blessé a été conduit à l’hôpital.",
        language="fr",
    )
    assert stream.story(1) != stream.story(2)


def test_yesterdays_and_todays_council_are_two_stories_whatever_order_they_come_in():
    _, found = _cases("council-water", "council-budget")
    assert len(found["council-water"]) == 1


def test_a_reprint_in_part_under_another_headline_is_a_reprint():
    stream = Stream()
    stream.arrive("تدشين مركب رياضي للقرب بتيزران", DISPATCH)
    added = "وتشهد المدينة منذ أشهر حركية عمرانية لافتة يتابعها السكان باهتمام كبير وأمل أكبر."
    placed = stream.arrive("شباب حي الزيتون يكسبون مسبحا", f"{DISPATCH[14:260]} {added}")
    assert (placed.story, placed.reprint_of) == (1, 1)


def test_the_same_event_in_other_words_is_no_reprint():
    stream, _ = _cases("accident-bus")
    assert {stream.story(number) for number in (1, 2, 3)} == {1}
    placed = stream.arrive(
        "أغبالة تشيع ضحايا الحافلة",
        "شيعت أغبالة ضحايا حادثة الحافلة وشاحنة الرمال الأربعة، فيما ما زال 23 جريحا بالمستشفى.",
        hours=30,
    )
    assert placed.reprint_of is None


def test_a_chain_of_likeness_does_not_make_one_story_of_its_ends():
    stream = Stream()
    letters = "بتجحدرزسشصطعفقكم"
    halves = [
        " ".join(f"{one}{first}{two}{one}" for one in letters for two in letters[:3])
        for first in letters[:9]
    ]
    for one, other in itertools.pairwise(halves):
        stream.arrive("", f"{one} {other}")
    ends = stream.story(1), stream.story(len(halves) - 1)
    assert ends[0] != ends[1]


def test_stories_that_turn_out_to_be_the_same_become_one_and_the_older_number_stays():
    stream = Stream()
    stream.window.members[1] = [1]
    first = stream.arrive("حريق بغابة أزلاف", "اندلع حريق بغابة أزلاف شرق تيزران وطوقه 40 إطفائيا.")
    clustering.join_story(stream.window, first.story, 1)
    clustering.merge_stories(stream.window, 1, 7)
    assert stream.story(7) == 1
    assert stream.window.members[1] == [1, 7]


def test_what_an_editor_took_apart_is_not_merged_again_even_under_another_number():
    window = clustering.StoryWindow()
    for story in (1, 5, 9):
        clustering.join_story(window, story, story)
    window.forbidden_merges.add((5, 9))
    clustering.merge_stories(window, 1, 5)
    assert (1, 9) in window.forbidden_merges


def test_the_same_stream_gives_the_same_stories_and_a_late_arrival_finds_its_own():
    shuffled = [case for case in CASES if case["event"] == "museum"]
    random.Random(7).shuffle(shuffled)
    outcomes = []
    for _ in range(2):
        stream = Stream()
        for case in shuffled:
            stream.arrive(
                case["title"], case["body"], language=case["language"], hours=case["hours"]
            )
        outcomes.append(dict(stream.window.story_of))
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0].values()) == {1}


def test_an_event_is_over_after_four_days():
    stream = Stream()
    stream.arrive("تدشين مركب رياضي للقرب بتيزران", DISPATCH, hours=0)
    placed = stream.arrive("تدشين مركب رياضي للقرب بتيزران", DISPATCH, hours=24 * 4 + 1)
    assert placed.story == 2


def test_a_term_remembers_a_bounded_number_of_entries():
    stream = Stream()
    for number in range(clustering.MAX_POSTINGS + 20):
        stream.arrive(f"أسعار الطماطم {number}", source=1)
    assert max(map(len, stream.window.postings.values())) == clustering.MAX_POSTINGS
