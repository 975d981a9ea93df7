"""BM25 as PostgreSQL's index computes it."""

from __future__ import annotations

from aggregator.storage.search.bm25 import CorpusStats, score

CORPUS = CorpusStats(documents=100, mean_length=50.0)


def test_rare_terms_and_short_documents_score_more() -> None:
    assert score(1.0, 50, 1, CORPUS) > score(1.0, 50, 20, CORPUS)
    assert score(1.0, 10, 1, CORPUS) > score(1.0, 50, 1, CORPUS)
    assert score(2.0, 50, 1, CORPUS) > score(1.0, 50, 1, CORPUS)
    assert score(0.0, 50, 1, CORPUS) == 0.0


def test_an_estimate_above_the_corpus_still_scores() -> None:
    """Statistics are minutes old: entries may have been deleted since."""
    assert 0 < score(1.0, 50, 150, CORPUS) == score(1.0, 50, 100, CORPUS)
