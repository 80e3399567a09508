"""A real Milvus Lite over TCP, in a process of its own, that tests may kill and start again."""

from __future__ import annotations

import importlib.util
import subprocess
import time
from pathlib import Path

import grpc

from tests.retrieval.conftest import free_port


class MilvusServer:
    """The native server of milvus-lite on a free port, its data in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """The address for pymilvus."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        spec = importlib.util.find_spec("milvus_lite")
        assert spec is not None
        assert spec.origin is not None
        library = Path(spec.origin).parent / "lib"
        self._process = subprocess.Popen(
            [str(library / "milvus"), str(self._folder / "test.db"), f"127.0.0.1:{self._port}", "ERROR"],
            cwd=self._folder,
            env={"LD_LIBRARY_PATH": str(library), "HOME": str(self._folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while True:
            with grpc.insecure_channel(f"127.0.0.1:{self._port}") as channel:
                try:
                    grpc.channel_ready_future(channel).result(timeout=2)
                except grpc.FutureTimeoutError:
                    assert self._process.poll() is None, "milvus-lite ended"
                    assert time.monotonic() < deadline, "milvus-lite did not start"
                else:
                    return

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
