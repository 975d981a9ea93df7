"""What the outlets of the demo change after publication, each once: data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Revision:
    """An edit of a published article, some time after the demo began."""

    after: timedelta
    title: str = ""
    """The new headline; "" to keep it."""
    replaced: tuple[tuple[str, str], ...] = ()
    """What is replaced in the body, and by what."""
    added: str = ""
    """HTML that is appended to the body."""


# Article id -> its edit while the demo runs: an update, not a new entry.
REVISIONS = {
    # Substance, without a word about it.
    "rain-taroudant-4": Revision(
        timedelta(seconds=40),
        title="السلطات تنفي عزل دواوير تارودانت: سيول تيفرت غمرت القنطرة لا غير",
        replaced=(("فقد وجد سكان ثلاثة دواوير أنفسهم بلا منفذ", "فلم يجد أي دوار نفسه بلا منفذ"),),
    ),
    # A typo.
    "solar-desalination-tafoukt-4": Revision(
        timedelta(seconds=45), replaced=(("A desalinaton plant", "A desalination plant"),)
    ),
    # A figure.
    "rail-fes-oujda-2": Revision(
        timedelta(seconds=50),
        title="قطار فاس - وجدة: 421 مليون درهم لربح 75 دقيقة.. هل تكفي لمنافسة الحافلات؟",
        replaced=(("412 مليون", "421 مليون"),),
    ),
    # A name.
    "rail-fes-oujda-3": Revision(
        timedelta(seconds=55), replaced=(("Hanane Mesbahi", "Siham Bouazza"),)
    ),
    # An update that its outlet announces.
    "rain-taroudant-5": Revision(
        timedelta(seconds=60),
        title="أمطار سوس: إجلاء تسعة أشخاص قرب تارودانت و1700 تلميذ خارج الأقسام",
        added="<p><strong>تحيين:</strong> أفادت المديرية الإقليمية للتجهيز والماء بأن منسوب واد "
        "تيفرت بدأ في الانخفاض، وبأن الآليات ستشرع في إزالة الأوحال فور انحسار المياه عن "
        "القنطرة.</p>",
    ),
}

# Article id -> when its outlet takes it out of its feed and off its site.
WITHDRAWN = {"council-city-1": timedelta(seconds=35)}
