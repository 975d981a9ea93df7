"""How many entries the poller writes in one transaction: few enough that no page waits long."""

from __future__ import annotations

# Minimum size of a transaction, in entries of an ordinary length (`decide.entry_size`): any
# database writes these soon enough.
MIN_ENTRIES = 44
# Maximum size: twice the minimum saves an eighth of storing's CPU. Three times the minimum saves a
# fifth, but on an archive of a million entries it held the lock for 60 to 67 ms of CPU at p99.
MAX_ENTRIES = 88
# Time for which a transaction may hold the lock; a page may wait for two.
TARGET_S = 0.040


class TransactionSize:
    """The size of the next transaction, by how long the last ones held the lock.

    A small database takes many entries at once; a large one, or a busy machine, takes few.
    """

    def __init__(self, most: int = MAX_ENTRIES) -> None:
        self.entries = min(MIN_ENTRIES, most)
        self._most = most

    def note(self, entries: int, held_s: float) -> None:
        """Note that a transaction of `entries` held the lock for `held_s` seconds."""
        if held_s > TARGET_S:
            self.entries = min(self._most, max(MIN_ENTRIES, self.entries // 2))
        elif held_s <= TARGET_S / 2 and 4 * entries >= 3 * self.entries:
            self.entries = min(self._most, self.entries + self.entries // 2)
