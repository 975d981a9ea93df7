"""The researcher's desk: queries as series over time, and their entries as tables."""
