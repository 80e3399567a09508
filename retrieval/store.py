"""What the vector store must do, for writers and for readers; `retrieval.milvus` does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.access import Access
from retrieval.model import Candidate, Chunk, Document

Vectors = NDArray[np.float32]
"""Shape (n, dimensions), each row of length 1."""


@dataclass(frozen=True, slots=True)
class ChunkSet:
    """Every chunk of one version of one document, with its vectors, shape (len(chunks), dimensions)."""

    document: Document
    chunks: tuple[Chunk, ...]
    vectors: Vectors


class ChunkWriter(Protocol):
    """The write side, synchronous: used by the indexing job alone; one writer per thread."""

    def ensure(self) -> None:
        """Create the collection where it is missing."""

    def replace(self, sets: Sequence[ChunkSet]) -> None:
        """Write the chunks under keys of their document and version: older versions stay untouched."""

    def drop_older(self, oldest_kept: Mapping[str, int]) -> None:
        """For each document id drop the chunks of versions below the one given."""

    def vectors(self, versions: Mapping[str, int]) -> dict[str, dict[tuple[str, str], NDArray[np.float32]]]:
        """For each document id at the version given: (heading, text) of a chunk → its vector, to be used again."""

    def versions(self, tenant: str, source: str) -> dict[str, dict[int, int]]:
        """For each document id of a source: version → number of chunks stored. Reads everything: for `verify`."""


class PassageReader(Protocol):
    """The read side, asynchronous. Every search takes an `Access`: none can be made without one."""

    async def dense(
        self, vector: NDArray[np.float32], access: Access, sources: Sequence[str], limit: int
    ) -> list[Candidate]:
        """Nearest chunks by cosine, best first."""

    async def lexical(self, text: str, access: Access, sources: Sequence[str], limit: int) -> list[Candidate]:
        """Best chunks by BM25 over the same terms as were indexed, best first."""
