"""Decisions about series of matches. Pure."""
