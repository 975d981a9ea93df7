"""Marsad: polls feeds, sanitizes and deduplicates their entries, stores them."""
