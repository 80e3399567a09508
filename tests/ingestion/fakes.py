"""Stand-ins for the services of the write path, as small as they can be while behaving like the real ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ingestion.indexing import Changed
from retrieval.errors import UnavailableError
from retrieval.store import ChunkSet, Vectors


class FakeWriter:
    """A `ChunkWriter` in memory: document id → version → chunks."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[int, ChunkSet]] = {}
        self.down = False

    def ensure(self) -> None:
        """Nothing to create."""

    def replace(self, sets: Sequence[ChunkSet]) -> None:
        if self.down:
            raise UnavailableError("Milvus")
        for one in sets:
            self.stored.setdefault(one.document.id, {})[one.document.version] = one

    def drop_older(self, oldest_kept: Mapping[str, int]) -> None:
        for document_id, oldest in oldest_kept.items():
            versions = self.stored.get(document_id, {})
            self.stored[document_id] = {number: one for number, one in versions.items() if number >= oldest}

    def vectors(self, versions: Mapping[str, int]) -> dict[str, dict[tuple[str, str], NDArray[np.float32]]]:
        found = {}
        for document_id, version in versions.items():
            one = self.stored.get(document_id, {}).get(version)
            if one:
                pairs = zip(one.chunks, one.vectors, strict=True)
                found[document_id] = {(chunk.heading, chunk.text): vector for chunk, vector in pairs}
        return found

    def versions(self, tenant: str, source: str) -> dict[str, dict[int, int]]:
        return {
            document_id: {version: len(one.chunks) for version, one in versions.items()}
            for document_id, versions in self.stored.items()
            if any((one.document.tenant, one.document.source) == (tenant, source) for one in versions.values())
        }


class FakeEmbedder:
    """Vectors by hash; remembers every text it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        rows = [np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)[:8] for text in texts]
        return np.asarray(rows, np.float32) / 255


class Listener:
    """Remembers the notices that were sent."""

    def __init__(self) -> None:
        self.heard: list[Changed] = []

    def __call__(self, changes: Sequence[Changed]) -> None:
        self.heard.extend(changes)
