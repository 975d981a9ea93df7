"""Did you mean: a query with each unknown word replaced by a similar known one."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import index_words
from aggregator.process.search.spelling import MIN_LETTERS, best_correction, single_edits
from aggregator.query import And, Field, Or, Tree, Word, all_of, any_of, print_query
from aggregator.storage.search import vocabulary
from aggregator.storage.search.name_spellings import other_spellings
from aggregator.storage.search.retrieval import occurs
from aggregator.storage.search.text_expressions import text_expression

_ARTICLE = "ال"
# Initial letters, after the article, that are assumed to be spelt right.
_PREFIX_LETTERS = 2


def suggest_query(session: Session, tree: Tree, language: str) -> str | None:
    """Correct the words of `tree` that match no entry; None if no correction is found."""
    corrected = _correct(session, tree)
    return None if corrected == tree else print_query(corrected, language)


def _correct(session: Session, tree: Tree) -> Tree:
    if isinstance(tree, And):
        return all_of([_correct(session, part) for part in tree.parts])
    if isinstance(tree, Or):
        return any_of([_correct(session, part) for part in tree.parts])
    if isinstance(tree, Field) and tree.name == "title" and isinstance(tree.value, Word):
        return Field(tree.name, _correct_word(session, tree.value))
    if isinstance(tree, Word):
        return _correct_word(session, tree)
    return tree  # exclusions, phrases and prefixes are taken as meant


def _correct_word(session: Session, word: Word) -> Word:
    folded = index_words(word.text)
    if len(folded) != 1 or len(folded[0]) < MIN_LETTERS or occurs(session, text_expression(word)):
        return word
    if other_spellings(session, folded[0]):
        return word
    correction = _find_correction(session, folded[0])
    if correction is None or not occurs(session, text_expression(Word(correction))):
        return word
    return Word(correction)


def _find_correction(session: Session, word: str) -> str | None:
    near = best_correction(word, vocabulary.word_frequencies(session, single_edits(word)))
    if near is not None:
        return near
    article = len(_ARTICLE) if word.startswith(_ARTICLE) else 0
    prefix = word[: article + _PREFIX_LETTERS]
    return best_correction(word, vocabulary.words_with_prefix(session, prefix, len(word)))
