"""The two runtimes that are sentence-transformers; importing this imports torch (seconds, and some 700 MB)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import InputModule, Normalize, Pooling

from retrieval.embedding_model import Embedded, OnnxEncoder


class OnnxTransformer(InputModule):
    """The first module of a sentence-transformers model, its encoder run by onnxruntime."""

    def __init__(self, folder: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.encoder = OnnxEncoder(folder)

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """Token ids and mask of `inputs`, shape (n, longest), each with `prompt` before it."""
        ids, mask = self.encoder.tokenize([(prompt or "") + text for text in inputs])
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Add `token_embeddings`, shape (n, longest, dimensions)."""
        output = self.encoder.encode(features["input_ids"].numpy(), features["attention_mask"].numpy())
        return {**features, "token_embeddings": torch.from_numpy(output)}

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Refuse: the ONNX file is made by `retrieval.e5`.

        Raises:
            ValueError: always.
        """
        raise ValueError(f"{output_path}: an ONNX encoder is made by retrieval.e5, not saved")


class OnnxSentenceTransformer:
    """sentence-transformers over onnxruntime."""

    def __init__(self, folder: Path) -> None:
        encoder = OnnxTransformer(folder)
        pooling = Pooling(encoder.encoder.dimensions, "mean")
        self._model = SentenceTransformer(modules=[encoder, pooling, Normalize()], device="cpu")
        torch.set_num_threads(1)

    def embed(self, texts: list[str]) -> Embedded:
        """As `EmbeddingModel.embed`."""
        return _embed(self._model, texts)


class TorchSentenceTransformer:
    """sentence-transformers over torch, for any folder that it can load."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        torch.set_num_threads(threads)

    def embed(self, texts: list[str]) -> Embedded:
        """As `EmbeddingModel.embed`."""
        return _embed(self._model, texts)


def _embed(model: SentenceTransformer, texts: list[str]) -> Embedded:
    with torch.inference_mode():
        features = model.preprocess(texts)
        tokens = int(features["attention_mask"].sum())
        vectors = model.forward(features)["sentence_embedding"].numpy()
    return Embedded(np.asarray(vectors, dtype=np.float32), tokens)
