"""Prepare documents in worker processes, where a runaway one can be killed."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import resource
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aggregator.errors import ParseError
from aggregator.runtime.gc_tuning import tune_gc
from aggregator.types import FeedDocument, PreparedFeed

if TYPE_CHECKING:
    from pebble import ProcessPool

log = logging.getLogger("marsad.polling")

# Kill a worker whose document takes longer; no sound document takes a tenth of this.
PREPARE_TIMEOUT_S = 15.0
# Maximum address space of a worker, in bytes: a document that needs more fails alone.
WORKER_MEMORY_LIMIT = 1 << 30
# Added to the poller's own: documents can wait, readers and a poller that holds a lock should not.
WORKER_NICENESS = 10
# Larger documents take turns, each in a process of its own that exits afterwards: a process never
# returns the memory it once allocated.
LARGE_DOCUMENT_BYTES = 2**19
# Replace a worker after this many documents, so that a slow leak never adds up.
MAX_TASKS_PER_WORKER = 2000


class ParsingPool:
    """A few processes that hold the parser and the sanitizer and nothing else.

    Each document gets at most `within_s` seconds of `prepare`. `categories` are sections of
    categories, by their stems, that the operator added.
    """

    def __init__(
        self,
        workers: int = 0,
        prepare: Callable[[FeedDocument], PreparedFeed] | None = None,
        within_s: float = PREPARE_TIMEOUT_S,
        categories: Mapping[str, str] | None = None,
    ) -> None:
        self._workers = workers or min(os.cpu_count() or 1, 4)
        self._prepare = prepare or _prepare
        self._within_s = within_s
        self._categories = categories
        self._pool: ProcessPool | None = None
        self._large_pool: ProcessPool | None = None
        self._pools: list[ProcessPool] = []
        """All that were started, to be ended."""
        self._large_turn = asyncio.Semaphore(1)
        self._start_turn = asyncio.Lock()
        self._warming: asyncio.Task[ProcessPool] | None = None

    def _new_pool(self, workers: int, tasks: int) -> ProcessPool:
        # Imported with the first document: most polls bring none.
        import multiprocessing

        from pebble import ProcessPool

        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["aggregator.services.ingest.prepare"])
        return ProcessPool(
            max_workers=workers,
            max_tasks=tasks,
            initializer=_init_worker,
            context=context,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pool in self._pools:
            _end(pool)

    def warm_up(self) -> None:
        """Start the workers beside other work: documents are about to come."""
        if self._pool is None and self._warming is None:
            self._warming = asyncio.create_task(self._working_pool())

    async def prepare(self, document: FeedDocument) -> PreparedFeed:
        """Run `prepare.prepare` in a worker; raises `ParseError`."""
        if self._categories:
            document = replace(document, categories=self._categories)
        if len(document.body) <= LARGE_DOCUMENT_BYTES:
            return await self._prepare_in(self._working_pool, document)
        async with self._large_turn:
            return await self._prepare_in(self._working_large_pool, document)

    async def _prepare_in(
        self, pool: Callable[[], Awaitable[ProcessPool]], document: FeedDocument
    ) -> PreparedFeed:
        from concurrent.futures.process import BrokenProcessPool

        try:
            return await self._in_worker(await pool(), document)
        except BrokenProcessPool:  # somebody killed a worker that was waiting for work
            return await self._in_worker(await pool(), document)

    async def _in_worker(self, pool: ProcessPool, document: FeedDocument) -> PreparedFeed:
        from pebble import ProcessExpired

        arguments = (self._prepare, document, self._within_s)
        future = pool.schedule(_run_with_alarm, arguments, timeout=self._within_s)
        try:
            return await asyncio.wrap_future(future)
        except (FutureTimeout, TimeoutError) as error:
            detail = f"reading it took more than {self._within_s:g} s"
            raise ParseError("parse_timeout", detail) from error
        except (ProcessExpired, MemoryError) as error:
            raise ParseError(
                "parser_died", "reading it took more memory than is allowed"
            ) from error

    async def _working_pool(self) -> ProcessPool:
        """Return the pool, started for the first document."""
        if self._pool is None or not self._pool.active:
            async with self._start_turn:
                self._pool = await asyncio.to_thread(
                    self._started, self._pool, self._workers, MAX_TASKS_PER_WORKER
                )
        return self._pool

    async def _working_large_pool(self) -> ProcessPool:
        """Return a pool of one process, started for the first large document."""
        self._large_pool = await asyncio.to_thread(self._started, self._large_pool, 1, 1)
        return self._large_pool

    def _started(self, pool: ProcessPool | None, workers: int, tasks: int) -> ProcessPool:
        """Return `pool`, replaced if it broke: pebble never repairs one itself.

        The first takes as long as its fork server needs to load the parser.
        """
        if pool is not None:
            if pool.active:
                return pool
            log.warning("the parsing processes were killed; starting others")
            self._pools.remove(pool)
            _end_soon(pool)
        pool = self._new_pool(workers, tasks)
        self._pools.append(pool)
        pool.active  # noqa: B018 (looking starts it)
        return pool


def _end_soon(pool: ProcessPool) -> None:
    threading.Thread(target=_end, args=(pool,), daemon=True).start()


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it unannotated
    pool.join(timeout=3)


def _run_with_alarm(
    prepare: Callable[[FeedDocument], PreparedFeed], document: FeedDocument, within_s: float
) -> PreparedFeed:
    """Prepare under an alarm, which ends the worker should the pool that watches it be killed."""
    signal.alarm(math.ceil(within_s) + 1)
    try:
        return prepare(document)
    finally:
        signal.alarm(0)


def _prepare(document: FeedDocument) -> PreparedFeed:
    """Prepare, importing the parser in the worker only: the poller never loads it."""
    from aggregator.services.ingest.prepare import prepare

    return prepare(document)


def _init_worker() -> None:
    """Leave signals to the poller, and the processor to readers; bound the memory."""
    tune_gc()
    os.nice(WORKER_NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (WORKER_MEMORY_LIMIT, resource.RLIM_INFINITY))
