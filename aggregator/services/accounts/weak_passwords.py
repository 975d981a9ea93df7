"""Passwords that are guessed first (NIST SP 800-63B, section 3.1.1.2: common ones, repetitions,
sequences, and words of the context)."""

from __future__ import annotations

import unicodedata

# Of at least eight characters, and written without what people put before and after them.
_COMMON = frozenset(
    """
    password passwords passw0rd p@ssword p@ssw0rd pa$$word passport iloveyou princess sunshine
    football baseball basketball superman batman1 starwars trustno1 whatever michelle jennifer
    computer internet welcome welcome1 letmein letmein1 changeme default administrator adminadmin
    admin123 root1234 toor1234 test1234 testtest guest123 user1234 master123 dragon123 monkey123
    shadow123 killer123 charlie1 michael1 jordan23 liverpool chelsea1 arsenal1 barcelona realmadrid
    juventus mustang1 corvette mercedes ferrari1 samsung1 nokia123 google123 facebook linkedin
    youtube1 whatsapp instagram twitter1 snapchat minecraft pokemon1 fortnite hello123 hellohello
    secret123 topsecret qwerty123 azerty123 qwertyui azertyui qwertyuiop azertyuiop asdfghjk
    asdfghjkl qsdfghjk qsdfghjklm zxcvbnm1 wxcvbn123 1q2w3e4r 1q2w3e4r5t q1w2e3r4 1qaz2wsx qazwsxedc
    zaq12wsx abc12345 abcd1234 a1b2c3d4 aa123456 abc123456 123456abc 123abc123 pass1234 pass12345
    motdepasse bonjour1 bonjour123 soleil123 doudou123 loulou123 chouchou marseille jetaime1
    jetaimemoi iloveu123 marocmaroc maroc123 maroc2023 maroc2024 maroc2025 maroc2026 morocco1
    morocco123 casablanca casa1234 marrakech rabat123 tanger123 agadir123 rajacasablanca wydad1937
    raja1949 dimaraja dimawydad mohamed1 mohammed mohamed123 mohammed123 ahmed123 fatima123
    youssef1 youssef123 hamza123 hassan123 khadija1 salam123 salamsalam bismillah alhamdulillah
    allahakbar inchallah mashallah habibi123 marsad123 marsadmarsad
    """.split()
) | {"كلمة السر", "كلمة المرور", "كلمةالسر", "كلمةالمرور", "بسم الله", "الحمد لله", "السلام عليكم",
     "المغرب المغرب", "mot de passe", "i love you", "let me in"}  # fmt: skip

_AFFIXES = "0123456789.!?*#@_- "
_CORES = {core for word in _COMMON if len(core := word.strip(_AFFIXES)) > 3}

# Of a password of digits and signs only; shorter ones are dates and telephone numbers.
_MIN_DIGITS = 12

# As on keyboards, in both directions.
_RUNS = tuple(
    run
    for row in (
        "01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm",
        "azertyuiop", "qsdfghjklm", "wxcvbn", "٠١٢٣٤٥٦٧٨٩٠", "ضصثقفغعهخحجد", "شسيبلاتنمكط",
    )
    for run in (row * 2, row[::-1] * 2)
)  # fmt: skip


def is_guessable(password: str, *context: str) -> bool:
    """Whether a password is among the first that are tried; `context`: the name of its account."""
    text = unicodedata.normalize("NFKC", password).casefold().strip()
    if not any(unicodedata.category(each)[0] not in "CZ" for each in text):
        return True  # blank
    core = text.strip(_AFFIXES)
    names = [unicodedata.normalize("NFKC", each).casefold().strip() for each in context]
    return (
        text in _COMMON
        or core in _CORES
        or core in ("marsad", *names)
        or (not core and len(text) < _MIN_DIGITS)
        or _is_repetition(text)
        or any(text in run for run in _RUNS)
    )


def _is_repetition(text: str) -> bool:
    """Whether a text is up to four characters again and again."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 5))
