"""Stand-ins for the vector store and the embedding server that behave as the real ones do, in memory."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace as changed

import numpy as np
from numpy.typing import NDArray

from retrieval.access import Access
from retrieval.model import Candidate, Chunk, Document
from retrieval.passage import passage_input
from retrieval.store import ChunkSet, Vectors
from retrieval.terms import terms

DIMENSIONS = 32


def word_vector(text: str) -> NDArray[np.float32]:
    """A bag of hashed terms: texts that share words are near each other."""
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    for term in terms(text).split():
        digest = hashlib.sha256(term.encode()).digest()
        vector[digest[0] % DIMENSIONS] += 1 if digest[1] % 2 else -1
    length = float(np.linalg.norm(vector))
    return vector / length if length else np.full(DIMENSIONS, DIMENSIONS**-0.5, dtype=np.float32)


class WordEmbedder:
    """Embeds documents and questions by `word_vector`; counts the questions it was asked."""

    def __init__(self) -> None:
        self.questions: list[str] = []

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return np.stack([word_vector(text) for text in texts])

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.questions.extend(texts)
        return self.embed_documents(texts)


class FakeStore:
    """A `ChunkWriter` and `PassageReader` over a dictionary of rows."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Document, Chunk, NDArray[np.float32]]] = {}

    def ensure(self) -> None:
        """Nothing to create."""

    def replace(self, sets: Sequence[ChunkSet]) -> None:
        for one in sets:
            for chunk, vector in zip(one.chunks, one.vectors, strict=True):
                key = f"{one.document.id}:{one.document.version}:{chunk.number}"
                self._rows[key] = (one.document, chunk, vector)

    def drop_older(self, oldest_kept: Mapping[str, int]) -> None:
        self._rows = {key: row for key, row in self._rows.items() if row[0].version >= oldest_kept.get(row[0].id, 0)}

    def vectors(self, versions: Mapping[str, int]) -> dict[str, dict[tuple[str, str], NDArray[np.float32]]]:
        found: dict[str, dict[tuple[str, str], NDArray[np.float32]]] = {}
        for document, chunk, vector in self._rows.values():
            if versions.get(document.id) == document.version:
                found.setdefault(document.id, {})[chunk.heading, chunk.text] = vector
        return found

    def versions(self, tenant: str, source: str) -> dict[str, dict[int, int]]:
        counted: dict[str, dict[int, int]] = {}
        for document, _, _ in self._rows.values():
            if (document.tenant, document.source) == (tenant, source):
                of_document = counted.setdefault(document.id, {})
                of_document[document.version] = of_document.get(document.version, 0) + 1
        return counted

    async def dense(
        self, vector: NDArray[np.float32], access: Access, sources: Sequence[str], limit: int
    ) -> list[Candidate]:
        found = [
            (float(vector @ row[2]), self._candidate(key, row)) for key, row in self._readable(access, sources).items()
        ]
        return _best(found, limit)

    async def lexical(self, text: str, access: Access, sources: Sequence[str], limit: int) -> list[Candidate]:
        counted = {key: Counter(_terms(row[0], row[1])) for key, row in self._rows.items()}
        average = sum(map(Counter.total, counted.values())) / max(1, len(counted))
        wanted = terms(text).split()
        spread = Counter(term for counts in counted.values() for term in counts)
        found = []
        for key, row in self._readable(access, sources).items():
            counts = counted[key]
            norm = 1.2 * (0.25 + 0.75 * counts.total() / average)
            score = sum(
                math.log(1 + (len(counted) - spread[term] + 0.5) / (spread[term] + 0.5))
                * counts[term] * 2.2 / (counts[term] + norm)
                for term in wanted
                if term in counts
            )  # fmt: skip
            if score > 0:
                found.append((score, self._candidate(key, row)))
        return _best(found, limit)

    def _readable(
        self, access: Access, sources: Sequence[str]
    ) -> dict[str, tuple[Document, Chunk, NDArray[np.float32]]]:
        return {
            key: row
            for key, row in self._rows.items()
            if row[0].tenant == access.tenant
            and access.principals.intersection(row[0].readers)
            and (not sources or row[0].source in sources)
        }

    def _candidate(self, key: str, row: tuple[Document, Chunk, NDArray[np.float32]]) -> Candidate:
        document, chunk, _ = row
        return Candidate(
            chunk_id=key,
            document_id=document.id,
            index_version=document.version,
            number=chunk.number,
            text=chunk.text,
            start=chunk.start,
            end=chunk.end,
            heading=chunk.heading,
            page=chunk.page,
            score=0.0,
        )


def _terms(document: Document, chunk: Chunk) -> list[str]:
    return terms(passage_input(document, chunk)).split()


def _best(found: list[tuple[float, Candidate]], limit: int) -> list[Candidate]:
    found.sort(key=lambda pair: -pair[0])
    return [changed(candidate, score=score) for score, candidate in found[:limit]]
