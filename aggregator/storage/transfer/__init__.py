"""Copying a whole database into another one, of the same kind or the other."""

from aggregator.storage.transfer.copying import copy_database

__all__ = ["copy_database"]
