"""`Indexer.index`: the whole write path, from records of `knowledge` to chunks that may be shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import orjson
import structlog
from numpy.typing import NDArray

from ingestion.chunking import split
from ingestion.cleaning.clean import clean
from ingestion.cleaning.model import Draft, Pack
from ingestion.knowledge import StoredRecord
from ingestion.ledger import Applied, DeadLetter, Ledger, Standing
from ingestion.model import REBUILT, KnowledgeChange
from ingestion.receiving import read_changes, take_effect
from retrieval.errors import FreshetError, RejectedError
from retrieval.model import Chunk, Document
from retrieval.passage import passage_input
from retrieval.store import ChunkSet, ChunkWriter, Vectors

CHUNKS_AT_ONCE = 32
"""Chunks that are embedded, written and shown together: few enough that the first are visible early."""

log = structlog.get_logger()


class DocumentEmbedder(Protocol):
    """Turns texts into vectors, shape (n, dimensions)."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """One vector per text, in order."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The notice that a document's shown state has changed."""

    tenant: str
    source: str
    document_id: str
    version: int
    state: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A change that was cleaned and cut, waiting for its vectors."""

    change: KnowledgeChange
    document: Document
    chunks: tuple[Chunk, ...]
    change_hash: str
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class _Embedding:
    """A group whose vectors are being made: `places` holds per document and chunk a vector, or a row of `made`."""

    group: Sequence[_Prepared]
    places: Sequence[Sequence[NDArray[np.float32] | int]]
    made: Future[Vectors]

    def vectors(self) -> list[Vectors]:
        """For each document its chunks' vectors, shape (chunks, dimensions); waits for them."""
        made = self.made.result()
        return [
            np.asarray([made[place] if isinstance(place, int) else place for place in row], np.float32)
            for row in self.places
        ]


class Indexer:
    """Applies changes of one topic to one index. Not thread-safe: one batch after another.

    `pack_of(tenant, name)` gives a cleaning pack; `notify` is told what changed, best effort.
    """

    def __init__(
        self,
        ledger: Ledger,
        writer: ChunkWriter,
        embedder: DocumentEmbedder,
        pack_of: Callable[[str, str], Pack],
        notify: Callable[[Sequence[Changed]], None],
    ) -> None:
        self._ledger = ledger
        self._writer = writer
        self._embedder = embedder
        self._pack_of = pack_of
        self._notify = notify
        self._side = ThreadPoolExecutor(1, thread_name_prefix="embedding")

    def index(self, records: Sequence[StoredRecord], epoch: int) -> None:
        """Apply a batch, in the order of the topic; returns when everything that can be shown is shown.

        A record that cannot be applied becomes a dead letter. Doing a batch again changes nothing.

        Raises:
            UnavailableError: a service is down; the same batch must be given again.
        """
        received = read_changes(records, epoch)
        changes, letters = received.changes, received.letters
        if letters:
            self._ledger.end([letter.change for letter in letters], "rejected", letters)
        standing = self._ledger.standing([change.document_id for change in changes])
        current = [change for change in changes if _is_news(change, standing.get(change.document_id))]
        take_effect(self._ledger, current, standing)
        self._remove([change for change in current if change.deleted])
        same, new = [], []
        for change in current:
            known = standing.get(change.document_id)
            digest = "" if change.deleted else self._digest(change)
            if known and known.index_version > 0 and known.change_hash == digest:
                same.append(change)
            elif digest:
                new.append((change, digest, known))
        if same:
            self._ledger.move(same)
        prepared = (self._prepare(*one, received.payloads[one[0].document_id]) for one in new)
        self._write_all(_groups(one for one in prepared if one))

    def quarantine(self, record: StoredRecord, epoch: int, error: Exception) -> None:
        """Put a record aside that `index` cannot apply: its text becomes a dead letter, its readers take effect."""
        received = read_changes([record], epoch)
        reason = error.message if isinstance(error, FreshetError) else f"{type(error).__name__}: {error}"[:500]
        letters = received.letters or [DeadLetter(one, "index", reason, record.value) for one in received.changes]
        self._ledger.receive(received.changes)
        self._ledger.end([letter.change for letter in letters], "rejected", letters)
        self._announce(received.changes, "rejected")

    def _remove(self, changes: Sequence[KnowledgeChange]) -> None:
        if not changes:
            return
        self._ledger.end(changes, "deleted")
        self._announce(changes, "deleted")

    def _digest(self, change: KnowledgeChange) -> str:
        try:
            fingerprint = self._pack_of(change.tenant, change.pack).fingerprint
        except RejectedError:
            fingerprint = "unknown"
        seen = (change.kind, change.title, change.text, change.url, change.language, change.readers, fingerprint)
        body = orjson.dumps([*seen, dict(sorted(change.metadata.items()))])
        return hashlib.blake2b(body, digest_size=16).hexdigest()

    def _prepare(
        self,
        change: KnowledgeChange,
        digest: str,
        known: Standing | None,
        payload: bytes | None,
    ) -> _Prepared | None:
        """Clean and cut; a rule's verdict may end the change here instead."""
        try:
            _check_complete(change)
            draft = Draft(change.title, change.text, change.language, change.kind, change.readers, change.metadata)
            verdict = clean(draft, self._pack_of(change.tenant, change.pack))
            if verdict.action == "reject":
                raise RejectedError(verdict.reason)
        except RejectedError as error:
            self._ledger.end([change], "rejected", [DeadLetter(change, "clean", error.message, payload)])
            self._announce([change], "rejected")
            return None
        if verdict.action == "drop":
            self._ledger.end([change], "dropped", [DeadLetter(change, "clean", f"dropped: {verdict.reason}", payload)])
            self._announce([change], "dropped")
            return None
        document = _document(change, verdict.draft)
        return _Prepared(change, document, tuple(split(document)), digest, known)

    def _write_all(self, groups: Iterable[list[_Prepared]]) -> None:
        """Write group after group; while one is written, the next is cleaned, cut and embedded."""
        before: _Embedding | None = None
        for group in groups:
            embedding = self._embed(group)
            if before:
                self._write(before)
            before = embedding
        if before:
            self._write(before)

    def _write(self, embedding: _Embedding) -> None:
        group = embedding.group
        self._writer.replace(
            [
                ChunkSet(one.document, one.chunks, vectors)
                for one, vectors in zip(group, embedding.vectors(), strict=True)
            ]
        )
        applied = [Applied(one.document, len(one.chunks), one.change_hash, one.change.generation) for one in group]
        shown = self._ledger.advance(applied)
        self._announce([one.change for one in group if one.document.id in shown], "shown")

    def _embed(self, group: Sequence[_Prepared]) -> _Embedding:
        """Begin to make the vectors of each document's chunks; those of passages that did not change are taken over."""
        reusable = self._writer.vectors(
            {
                one.document.id: known.index_version
                for one in group
                if (known := one.standing) and known.index_version and _may_share_vectors(one, known)
            }
        )
        missing: list[str] = []
        places: list[list[NDArray[np.float32] | int]] = []
        for one in group:
            vectors = reusable.get(one.document.id, {})
            row: list[NDArray[np.float32] | int] = []
            for chunk in one.chunks:
                found = vectors.get((chunk.heading, chunk.text))
                if found is None:
                    row.append(len(missing))
                    missing.append(passage_input(one.document, chunk))
                else:
                    row.append(found)
            places.append(row)
        return _Embedding(group, places, self._side.submit(self._embedder.embed_documents, missing))

    def _announce(self, changes: Sequence[KnowledgeChange], state: str) -> None:
        if changes:
            self._notify(
                [Changed(change.tenant, change.source, change.document_id, change.version, state) for change in changes]
            )


def _is_news(change: KnowledgeChange, known: Standing | None) -> bool:
    return known is None or change.version > known.version


def _check_complete(change: KnowledgeChange) -> None:
    if not change.title.strip() and not change.text.strip():
        raise RejectedError("the document has neither a title nor a text")
    if not change.readers:
        raise RejectedError("the document names no readers, so nobody could read it")


def _document(change: KnowledgeChange, draft: Draft) -> Document:
    return Document(
        id=change.document_id,
        tenant=change.tenant,
        source=change.source,
        key=change.key,
        kind=change.kind,
        title=draft.title,
        text=draft.text,
        url=change.url,
        language=draft.language,
        readers=draft.readers,
        version=change.version,
        updated_at=change.source_time,
        metadata={name: value for name, value in draft.metadata.items() if name != REBUILT},
    )


def _may_share_vectors(one: _Prepared, known: Standing) -> bool:
    """Whether it is worth asking for the vectors of the version shown.

    They are right only under the same title and without a wish for new ones. The only passage of a document whose
    readers are the same has most likely changed itself, and embedding it costs no more than asking.
    """
    if known.title != one.document.title or REBUILT in one.change.metadata:
        return False
    return len(one.chunks) > 1 or set(known.shown_readers) != set(one.document.readers)


def _groups(prepared: Iterable[_Prepared]) -> Iterator[list[_Prepared]]:
    """Documents in their order, cut into groups of about `CHUNKS_AT_ONCE` chunks."""
    group: list[_Prepared] = []
    size = 0
    for one in prepared:
        if group and size + len(one.chunks) > CHUNKS_AT_ONCE:
            yield group
            group, size = [], 0
        group.append(one)
        size += len(one.chunks)
    if group:
        yield group
