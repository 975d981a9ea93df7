"""Function words of Arabic, French and English: a search does not require them.

Folded by `normalize.fold_word`. Limited to words that hardly anyone searches for: no names of times
or places, no numbers, no negations, which reverse a headline.
"""

from __future__ import annotations

from aggregator.text.normalize import fold_word

_ARABIC = (
    "في من على إلى عن مع و ف ب ل أن إن أنه إنه أنها إنها بأن لأن كأن هو هي هم هما هذا هذه ذلك تلك"
    " هؤلاء الذي التي الذين اللذان ما ماذا متى أين كيف هل لماذا لمن من بم عم أي أية كم"
    " كان كانت يكون تكون قد لقد ثم أو أم إذا إذ كما حيث فيه فيها منه منها عليه عليها به بها له لها"
    " لهم إليه إليها عنه عنها وهو وهي وفي ومن وما وعلى ومع وقد وأن وكان وكانت والتي والذي فإن"
    " عند لدى بين"
)
_FRENCH = (
    "le la les un une des du de d l au aux et ou en dans par pour sur avec que qui quoi quand dont"
    " est sont a ont ce cet cette ces se s son sa ses leur leurs il elle ils elles on y"
)
_ENGLISH = (
    "the a an of in on at to for by with and or is are was were be as that which who whom what when"
    " where how why it its this these those from does did do"
)
FUNCTION_WORDS = frozenset(fold_word(word) for word in f"{_ARABIC} {_FRENCH} {_ENGLISH}".split())


def is_function_word(folded: str) -> bool:
    """Whether a folded word is a function word."""
    return folded in FUNCTION_WORDS
