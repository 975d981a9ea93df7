""" "Did you mean": a query whose words occur, for one with a word that occurs nowhere."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import index_words
from aggregator.process.search.spelling import MIN_LETTERS, best_correction, single_edits
from aggregator.query import And, Field, Or, Tree, Word, all_of, any_of, print_query
from aggregator.storage.search import vocabulary
from aggregator.storage.search.compile import text_expression
from aggregator.storage.search.retrieval import occurs

_ARTICLE = "ال"
_PREFIX_LETTERS = 2
"""Letters that hardly anybody gets wrong: two at the beginning, behind the article."""


def suggest_query(session: Session, tree: Tree, language: str) -> str | None:
    """`tree` with each word that occurs nowhere written as one that does; None where none helps."""
    better = _correct(session, tree)
    return None if better == tree else print_query(better, language)


def _correct(session: Session, tree: Tree) -> Tree:
    if isinstance(tree, And):
        return all_of([_correct(session, part) for part in tree.parts])
    if isinstance(tree, Or):
        return any_of([_correct(session, part) for part in tree.parts])
    if isinstance(tree, Field) and isinstance(tree.value, Word):
        return Field(tree.name, _word(session, tree.value)) if tree.name == "title" else tree
    if isinstance(tree, Word):
        return _word(session, tree)
    return tree  # what is excluded, exact or begun was meant so


def _word(session: Session, word: Word) -> Word:
    folded = index_words(word.text)
    if len(folded) != 1 or len(folded[0]) < MIN_LETTERS or occurs(session, text_expression(word)):
        return word
    guess = _guess(session, folded[0])
    if guess is None or not occurs(session, text_expression(Word(guess))):
        return word
    return Word(guess)


def _guess(session: Session, word: str) -> str | None:
    near = best_correction(word, vocabulary.word_frequencies(session, single_edits(word)))
    if near is not None:
        return near
    article = len(_ARTICLE) if word.startswith(_ARTICLE) else 0
    start = word[: article + _PREFIX_LETTERS]
    return best_correction(word, vocabulary.words_with_prefix(session, start, len(word)))
