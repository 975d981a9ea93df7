"""The search index: one interface (`backends`) over SQLite's FTS5 and PostgreSQL's tsvector.

    indexing    add and remove documents; index older entries in the background
    compile     query tree -> index query (`expressions`, `index_query`)
    retrieval   run an index query: newest, best and partial matches

Both databases hold the tokens of `text.tokens` and `text.stems` and analyze nothing themselves, so
a query matches the same entries on both.
"""
