"""The embedding model in three runtimes over one sentence-transformers folder.

`onnx`: sentence-transformers with its encoder run by onnxruntime in int8. `torch`: sentence-transformers as it is.
`bare`: the same int8 encoder, pooled and normalised here, without importing torch; for machines short of memory.

Measured on two cores with AVX512-VNNI, texts of 166 tokens: int8 gives 24 texts per core and second one at a time and
10 in batches of 16 (the working set leaves the caches); float32 gives 11. So every pass takes few tokens, and
cores are used by running several passes side by side, each on one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

Backend = Literal["onnx", "torch", "bare"]
ONNX_FILE = "onnx/model_int8.onnx"
_MAX_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of length 1, shape (n, dimensions), float32, and how many tokens the model read."""

    vectors: NDArray[np.float32]
    tokens: int


class EmbeddingModel(Protocol):
    """Embeds texts; safe to call from several threads at once."""

    def embed(self, texts: list[str]) -> Embedded:
        """One pass over `texts`, which should be few and of similar length; longer ones are cut at 512 tokens."""


class OnnxEncoder:
    """Tokenizer and int8 encoder, one thread per pass."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        padding = "<pad>"
        self._tokenizer.enable_padding(pad_id=self._tokenizer.token_to_id(padding), pad_token=padding)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        path = str(folder / ONNX_FILE)
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.dimensions = int(self._session.get_outputs()[0].shape[-1])

    def tokenize(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Token ids and attention mask, each of shape (n, longest)."""
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in encoded], dtype=np.int64)
        return ids, np.array([one.attention_mask for one in encoded], dtype=np.int64)

    def encode(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Token embeddings, shape (n, longest, dimensions)."""
        (output,) = self._session.run(["token_embeddings"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(output, dtype=np.float32)


class BareModel:
    """The encoder with mean pooling and normalisation in numpy."""

    def __init__(self, folder: Path) -> None:
        self._encoder = OnnxEncoder(folder)

    def embed(self, texts: list[str]) -> Embedded:
        """As `EmbeddingModel.embed`."""
        ids, mask = self._encoder.tokenize(texts)
        summed = np.einsum("ntd,nt->nd", self._encoder.encode(ids, mask), mask.astype(np.float32))
        vectors = summed / np.linalg.norm(summed, axis=1, keepdims=True)
        return Embedded(np.asarray(vectors, dtype=np.float32), int(mask.sum()))


def load_model(folder: Path, backend: Backend, threads: int) -> EmbeddingModel:
    """The model in `folder`; `threads` is for torch, which spreads one pass over them."""
    if backend == "bare":
        return BareModel(folder)
    from retrieval.embedding_sentence_transformers import OnnxSentenceTransformer, TorchSentenceTransformer

    return OnnxSentenceTransformer(folder) if backend == "onnx" else TorchSentenceTransformer(folder, threads)
