"""The search index: one interface over SQLite's FTS5 and PostgreSQL's tsvector.

    filling     add, forget, and what indexes older entries in the background
    compiling   from a query's tree to what the index is asked (`asked`, `expressions`)
    finding     the newest, the best, how they spread

Both databases hold the tokens that `text.tokens` and `text.stems` gave, and nothing of their own
analysis, so that the same query finds the same entries on both.
"""
