"""Puts texts of many requests through the model: what somebody waits for at once, bulk in small passes beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import RetryLaterError

if TYPE_CHECKING:
    from retrieval.embedding_model import Embedded

_BYTES_PER_PASS = 800
"""About 200 tokens: more of them in one pass is slower per text on a CPU, and keeps others waiting."""


class EmbeddingQueue:
    """Shares the model among requests.

    `workers` threads take bulk passes in the order of their requests. Urgent requests have as many threads of
    their own, so that an answer waits for other answers only; the texts of one are spread over them.
    """

    def __init__(self, embed: Callable[[list[str]], Embedded], workers: int, max_waiting: int = 8192) -> None:
        self._embed = embed
        self._workers = workers
        self._bulk = ThreadPoolExecutor(workers, thread_name_prefix="bulk")
        self._urgent = ThreadPoolExecutor(workers, thread_name_prefix="urgent")
        self._max_waiting = max_waiting
        self._waiting = 0

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> tuple[NDArray[np.float32], int]:
        """Vectors in the order of `texts`, shape (n, dimensions), and the number of tokens read.

        Raises:
            RetryLaterError: too many texts wait already.
        """
        if self._waiting + len(texts) > self._max_waiting:
            raise RetryLaterError(f"{self._waiting} texts are waiting to be embedded", retry_after_seconds=2)
        pool = self._urgent if urgent else self._bulk
        groups = list(passes(texts, threads=self._workers if urgent else 1))
        loop = asyncio.get_running_loop()
        self._waiting += len(texts)
        try:
            work = [loop.run_in_executor(pool, self._embed, [texts[at] for at in group]) for group in groups]
            try:
                done = await asyncio.gather(*work)
            except BaseException:
                for future in work:
                    future.cancel()
                raise
        finally:
            self._waiting -= len(texts)
        vectors = np.empty((len(texts), done[0].vectors.shape[1]), dtype=np.float32)
        for group, embedded in zip(groups, done, strict=True):
            vectors[group] = embedded.vectors
        return vectors, sum(embedded.tokens for embedded in done)

    def close(self) -> None:
        """Drop what waits and end the threads after their current pass."""
        for pool in (self._bulk, self._urgent):
            pool.shutdown(wait=True, cancel_futures=True)


def passes(texts: Sequence[str], threads: int = 1) -> Iterator[list[int]]:
    """Positions of `texts` in groups of similar length, longest first, each short enough for one pass.

    `threads` side by side have about the same work.
    """
    sizes = [len(text.encode()) for text in texts]
    most = min(_BYTES_PER_PASS, sum(sizes) / threads) if threads > 1 else _BYTES_PER_PASS
    group: list[int] = []
    longest = 0
    for at in sorted(range(len(texts)), key=lambda at: -sizes[at]):
        if group and longest * (len(group) + 1) > most:
            yield group
            group = []
        if not group:
            longest = sizes[at]
        group.append(at)
    if group:
        yield group
