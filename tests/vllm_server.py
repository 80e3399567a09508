"""A real vLLM on the CPU, from the environment of `deploy/vllm_cpu.py`, with a random model made on the spot."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import httpx

from app.settings import cache_folder
from tests.retrieval.conftest import free_port

ROOT = Path(__file__).resolve().parents[1]
MODEL, ADAPTER, QUEUE = "tiny", "polite", 24
_START_SECONDS = 240


def vllm_python() -> Path | None:
    """The Python of vLLM's environment for this lock file; None where it was not made."""
    digest = hashlib.sha256((ROOT / "deploy" / "vllm" / "cpu.lock").read_bytes()).hexdigest()
    place = cache_folder() / f"vllm-{digest[:12]}"
    return place / "bin" / "python" if (place / "ready").exists() else None


class VllmServer:
    """One server with the settings of `deploy/vllm/cpu.yaml` and then `options`; may be killed and started again."""

    def __init__(self, python: Path, folder: Path, *options: str) -> None:
        self._python = python
        self._options = options
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it serves, without /v1."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The base address for clients."""
        return f"{self.address}/v1"

    def ensure(self) -> None:
        """Start it unless it runs; return when it answers."""
        if self._process is not None and self._process.poll() is None:
            return
        model = self._folder / "model"
        if not model.exists():
            maker = ROOT / "tests" / "tiny_model.py"
            subprocess.run([self._python, maker, model], check=True, capture_output=True, env=self._environment())
        command = [str(self._python), "-m", "vllm.entrypoints.openai.api_server"]
        settings = [
            "--config",
            str(ROOT / "deploy" / "vllm" / "cpu.yaml"),
            "--model",
            str(model),
            "--served-model-name",
            MODEL,
        ]
        place = ["--port", str(self._port), "--max-num-queued-reqs", str(QUEUE)]
        lora = ["--lora-modules", f"{ADAPTER}={model / 'adapter'}"]
        log = self._folder / "vllm.log"
        with log.open("ab") as written:
            self._process = subprocess.Popen(
                ["nice", "-n", "5", *command, *settings, *place, *lora, *self._options],
                stdout=written,
                stderr=written,
                cwd=self._folder,
                env=self._environment(),
                start_new_session=True,
            )
        self._wait(log)

    def _environment(self) -> dict[str, str]:
        """No hub, no reports home, one GiB for the cache of keys and values."""
        known = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        offline = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
        return {**known, **offline, "VLLM_CPU_KVCACHE_SPACE": "1", "PYTHONDONTWRITEBYTECODE": "1"}

    def _wait(self, log: Path) -> None:
        end = time.monotonic() + _START_SECONDS
        while True:
            assert self._process is not None
            assert self._process.poll() is None, f"vLLM ended: {log.read_text(errors='replace')[-3000:]}"
            assert time.monotonic() < end, f"vLLM does not start: {log.read_text(errors='replace')[-3000:]}"
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.address}/health", timeout=5).status_code == httpx.codes.OK:
                    return
            time.sleep(0.3)

    def metric(self, name: str) -> float:
        """The sum of one of vLLM's metrics over its labels."""
        text = httpx.get(f"{self.address}/metrics", timeout=10).text
        return sum(float(value) for value in re.findall(rf"^vllm:{name}{{[^}}]*}} (\S+)$", text, re.MULTILINE))

    def running(self) -> int:
        """Answers being made at this moment, or waiting."""
        return int(self.metric("num_requests_running") + self.metric("num_requests_waiting"))

    def kill(self) -> None:
        """End it and its engine process at once, as a crash would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)
