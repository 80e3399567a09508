"""The write side of the vector store: synchronous, for the indexing job."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pymilvus import MilvusClient, MilvusException

from retrieval.errors import UnavailableError
from retrieval.milvus.collection import CONSISTENCY, ensure_collection, row_of
from retrieval.milvus.failures import FAILURES, consequence
from retrieval.store import ChunkSet

_PAGE_ROWS = 4000
_WRITE_ROWS = 256
_DOCUMENTS_PER_QUERY = 64
_SECONDS = 30

_Result = TypeVar("_Result")


class MilvusWriter:
    """The `ChunkWriter` of one collection; connects when it is first used, and again after Milvus was away."""

    def __init__(self, uri: str, token: str, collection: str, dimensions: int) -> None:
        self._uri = uri
        self._token = token
        self._collection = collection
        self._dimensions = dimensions
        self._client: MilvusClient | None = None

    def ensure(self) -> None:
        """Create the collection, its indexes and load it, as far as that is not done; safe to run side by side."""
        self._call(partial(ensure_collection, name=self._collection, dimensions=self._dimensions))

    def drop(self) -> None:
        """Drop the collection with everything in it, when it is there."""
        self._call(lambda client: client.drop_collection(self._collection, timeout=_SECONDS))

    def replace(self, sets: Sequence[ChunkSet]) -> None:
        """Write the chunks of each set under keys of their document and version.

        Raises:
            RejectedError: Milvus cannot hold one of them.
            UnavailableError: it does not answer.
        """
        rows = [
            row_of(one.document, chunk, vector)
            for one in sets
            for chunk, vector in zip(one.chunks, one.vectors, strict=True)
        ]
        for start in range(0, len(rows), _WRITE_ROWS):
            part = rows[start : start + _WRITE_ROWS]
            self._call(partial(self._write, rows=part))

    def drop_older(self, oldest_kept: Mapping[str, int]) -> None:
        """For each document id drop the chunks of versions below the one given."""
        unwanted = [
            row["id"]
            for row in self._rows_of(list(oldest_kept), ["document_id", "index_version"])
            if row["index_version"] < oldest_kept[row["document_id"]]
        ]
        for start in range(0, len(unwanted), _PAGE_ROWS):
            self._call(partial(self._delete, ids=unwanted[start : start + _PAGE_ROWS]))

    def vectors(self, versions: Mapping[str, int]) -> dict[str, dict[tuple[str, str], NDArray[np.float32]]]:
        """For each document id at the version given: (heading, text) of a chunk → its vector."""
        found: dict[str, dict[tuple[str, str], NDArray[np.float32]]] = {}
        for row in self._rows_of(list(versions), ["document_id", "index_version", "heading", "text", "dense"]):
            if row["index_version"] == versions[row["document_id"]]:
                vector = np.asarray(row["dense"], dtype=np.float32)
                found.setdefault(row["document_id"], {})[row["heading"], row["text"]] = vector
        return found

    def versions(self, tenant: str, source: str) -> dict[str, dict[int, int]]:
        """For each document id of a source: version → number of chunks stored. Reads everything."""
        counted: dict[str, dict[int, int]] = {}
        chosen = f"tenant == {json.dumps(tenant)} and source == {json.dumps(source)}"
        for row in self._rows(chosen, ["document_id", "index_version"]):
            of_document = counted.setdefault(row["document_id"], {})
            of_document[row["index_version"]] = of_document.get(row["index_version"], 0) + 1
        return counted

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _rows_of(self, document_ids: Sequence[str], fields: list[str]) -> Iterator[dict[str, Any]]:
        for start in range(0, len(document_ids), _DOCUMENTS_PER_QUERY):
            wanted = json.dumps(list(document_ids[start : start + _DOCUMENTS_PER_QUERY]))
            yield from self._rows(f"document_id in {wanted}", fields)

    def _rows(self, chosen: str, fields: list[str]) -> Iterator[dict[str, Any]]:
        """Every row that `chosen` describes, in the order of keys, a page at a time."""
        last = ""
        while True:
            page = self._call(partial(self._page, chosen=f'({chosen}) and id > "{last}"', fields=fields))
            yield from page
            if len(page) < _PAGE_ROWS:
                return
            last = page[-1]["id"]

    def _page(self, client: MilvusClient, chosen: str, fields: list[str]) -> list[dict[str, Any]]:
        try:
            found = client.query(
                self._collection,
                chosen,
                ["id", *fields],
                limit=_PAGE_ROWS,
                timeout=_SECONDS,
                consistency_level=CONSISTENCY,
            )
            return list(found)
        except MilvusException as error:
            if "Unsupported data type: 0" in error.message:
                # How pymilvus 2.5 reads an empty answer of Milvus Lite when the collection has an array field.
                return []
            raise

    def _delete(self, client: MilvusClient, ids: list[str]) -> None:
        client.delete(self._collection, ids=ids, timeout=_SECONDS)

    def _write(self, client: MilvusClient, rows: list[dict[str, Any]]) -> None:
        """Insert what is not there and upsert what is: Milvus Lite takes 25 times as long for an upsert (a replay)."""
        known = {row["id"] for row in self._page(client, f"id in {json.dumps([row['id'] for row in rows])}", [])}
        new = [row for row in rows if row["id"] not in known]
        if new:
            client.insert(self._collection, new, timeout=_SECONDS)
        if known:
            client.upsert(self._collection, [row for row in rows if row["id"] in known], timeout=_SECONDS)

    def _call(self, work: Callable[[MilvusClient], _Result]) -> _Result:
        try:
            if self._client is None:
                self._client = MilvusClient(self._uri, token=self._token, timeout=5, alias=uuid.uuid4().hex)
            return work(self._client)
        except FAILURES as error:
            failure = consequence(error)
            if isinstance(failure, UnavailableError):
                self.close()
            raise failure from None
