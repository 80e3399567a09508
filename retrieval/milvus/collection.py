"""The design of the collection: its fields, its indexes, and a chunk as one of its rows.

A chunk's key is document, version and number, so versions live side by side until the old ones are dropped. Lexical
search runs on terms made by `retrieval.terms`; the collection's analyzer only splits them at spaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymilvus import DataType, Function, FunctionType, MilvusClient, MilvusException

from retrieval.errors import RejectedError
from retrieval.model import Chunk, Document
from retrieval.passage import passage_input
from retrieval.terms import terms

CONSISTENCY = "Strong"
_TEXT_BYTES, _HEADING_BYTES, _LANGUAGE_BYTES = 65_535, 2_000, 32
_MAX_READERS = 1024
_ENSURE_SECONDS = 120
_DENSE_INDEXES: tuple[tuple[str, dict[str, int]], ...] = (("HNSW", {"M": 16, "efConstruction": 200}), ("FLAT", {}))
"""Tried in this order; the server refuses what it does not have."""


def ensure_collection(client: MilvusClient, name: str, dimensions: int) -> None:
    """Create the collection and its indexes and load it, as far as that is not done; safe to run side by side."""
    if not client.has_collection(name, timeout=_ENSURE_SECONDS):
        try:
            client.create_collection(name, schema=_schema(client, dimensions), consistency_level=CONSISTENCY)
        except MilvusException:
            if not client.has_collection(name, timeout=_ENSURE_SECONDS):
                raise
    present = set(client.list_indexes(name))
    if "sparse" not in present:
        parameters = {"bm25_k1": 1.2, "bm25_b": 0.75}
        _create_index(client, name, "sparse", "SPARSE_INVERTED_INDEX", "BM25", parameters)
    if "dense" not in present:
        _create_dense_index(client, name)
    client.load_collection(name, timeout=_ENSURE_SECONDS)


def _schema(client: MilvusClient, dimensions: int) -> Any:
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=128)
    lengths = {"tenant": 64, "source": 64, "document_id": 64, "language": _LANGUAGE_BYTES, "heading": _HEADING_BYTES}
    for name, length in {**lengths, "text": _TEXT_BYTES}.items():
        schema.add_field(name, DataType.VARCHAR, max_length=length)
    for name in ("index_version", "number", "page", "start", "end"):
        schema.add_field(name, DataType.INT64)
    reader = {"element_type": DataType.VARCHAR, "max_length": 1024, "max_capacity": _MAX_READERS}
    schema.add_field("readers", DataType.ARRAY, **reader)
    analyzer = {"enable_analyzer": True, "analyzer_params": {"tokenizer": "whitespace"}}
    schema.add_field("terms", DataType.VARCHAR, max_length=_TEXT_BYTES, **analyzer)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_field("dense", DataType.FLOAT_VECTOR, dim=dimensions)
    schema.add_function(Function("bm25", FunctionType.BM25, ["terms"], ["sparse"]))
    return schema


def _create_dense_index(client: MilvusClient, collection: str) -> None:
    for kind, parameters in _DENSE_INDEXES[:-1]:
        try:
            _create_index(client, collection, "dense", kind, "COSINE", parameters)
        except MilvusException as error:
            if "index type" not in error.message:
                raise
        else:
            return
    kind, parameters = _DENSE_INDEXES[-1]
    _create_index(client, collection, "dense", kind, "COSINE", parameters)


def _create_index(
    client: MilvusClient, collection: str, field: str, kind: str, metric: str, parameters: Mapping[str, Any]
) -> None:
    wanted = client.prepare_index_params()
    wanted.add_index(field, index_type=kind, index_name=field, metric_type=metric, params=dict(parameters))
    client.create_index(collection, wanted)


def chunk_id(document_id: str, index_version: int, number: int) -> str:
    """The key of a chunk in the collection."""
    return f"{document_id}:{index_version}:{number}"


def row_of(document: Document, chunk: Chunk, vector: NDArray[np.float32]) -> dict[str, Any]:
    """The row that holds `chunk`.

    Raises:
        RejectedError: Milvus cannot hold it.
    """
    if len(document.readers) > _MAX_READERS:
        raise RejectedError(f"{len(document.readers)} readers; at most {_MAX_READERS} for one document: use a group")
    read = passage_input(document, chunk)
    if not _is_unicode(read):
        raise RejectedError("the text holds halves of characters (lone surrogates)")
    return {
        "id": chunk_id(document.id, document.version, chunk.number),
        "tenant": document.tenant,
        "source": document.source,
        "document_id": document.id,
        "language": _clipped(document.language, _LANGUAGE_BYTES),
        "heading": _clipped(chunk.heading, _HEADING_BYTES),
        "text": chunk.text,
        "terms": _clipped(terms(read), _TEXT_BYTES),
        "index_version": document.version,
        "number": chunk.number,
        "page": chunk.page,
        "start": chunk.start,
        "end": chunk.end,
        "readers": list(document.readers),
        "dense": vector,
    }


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _clipped(text: str, size: int) -> str:
    """`text`, or as many of its first characters as `size` bytes hold."""
    encoded = text.encode()
    return text if len(encoded) <= size else encoded[:size].decode("utf-8", "ignore")
