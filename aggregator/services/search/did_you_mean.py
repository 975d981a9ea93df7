""" "Did you mean": a query whose words occur, for one with a word that occurs nowhere."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import index_words
from aggregator.process.search.spelling import FEWEST_LETTERS, best_guess, neighbours
from aggregator.query import All, Any, Field, Tree, Word, all_of, any_of, print_query
from aggregator.storage.search import vocabulary
from aggregator.storage.search.compile import text_expression
from aggregator.storage.search.retrieval import occurs

_ARTICLE = "ال"
_START = 2
"""Letters that hardly anybody gets wrong: two at the beginning, behind the article."""


def suggest(session: Session, tree: Tree, language: str) -> str | None:
    """`tree` with each word that occurs nowhere written as one that does; None where none helps."""
    better = _mended(session, tree)
    return None if better == tree else print_query(better, language)


def _mended(session: Session, tree: Tree) -> Tree:
    if isinstance(tree, All):
        return all_of([_mended(session, part) for part in tree.parts])
    if isinstance(tree, Any):
        return any_of([_mended(session, part) for part in tree.parts])
    if isinstance(tree, Field) and isinstance(tree.value, Word):
        return Field(tree.name, _word(session, tree.value)) if tree.name == "title" else tree
    if isinstance(tree, Word):
        return _word(session, tree)
    return tree  # what is excluded, exact or begun was meant so


def _word(session: Session, word: Word) -> Word:
    folded = index_words(word.text)
    if (
        len(folded) != 1
        or len(folded[0]) < FEWEST_LETTERS
        or occurs(session, text_expression(word))
    ):
        return word
    guess = _guess(session, folded[0])
    if guess is None or not occurs(session, text_expression(Word(guess))):
        return word
    return Word(guess)


def _guess(session: Session, word: str) -> str | None:
    near = best_guess(word, vocabulary.known_among(session, neighbours(word)))
    if near is not None:
        return near
    article = len(_ARTICLE) if word.startswith(_ARTICLE) else 0
    start = word[: article + _START]
    return best_guess(word, vocabulary.beginning_with(session, start, len(word)))
