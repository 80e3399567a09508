"""The Java archives of the embedded parts: pinned by hash in `jars.lock`, cached outside the checkout.

`python -m app.local.jars` fetches what the lock file names; `python -m app.local.jars lock` writes it anew from ROOTS.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.settings import cache_folder
from retrieval.errors import FreshetError

LOCK = Path(__file__).with_name("jars.lock")

# Each coordinate is resolved alone: together, one artifact's dependency management leaks into the others.
ROOTS: dict[str, tuple[str, ...]] = {
    "flink": ("org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",),
    "kafka": ("org.apache.kafka:kafka_2.13:4.3.1", "org.apache.logging.log4j:log4j-slf4j2-impl:2.25.4"),
    "connect": (
        "org.apache.kafka:connect-runtime:4.3.1",
        "org.apache.kafka:connect-json:4.3.1",
        "org.apache.logging.log4j:log4j-slf4j2-impl:2.25.4",
    ),
    "plugins/debezium-postgres": ("io.debezium:debezium-connector-postgres:3.7.0.Final",),
    "plugins/debezium-mysql": ("io.debezium:debezium-connector-mysql:3.6.1.Final",),
    "plugins/debezium-mariadb": ("io.debezium:debezium-connector-mariadb:3.5.0.Final",),
}
_UNUSED_SECONDS = 30 * 24 * 3600
HEADER = "# folder, coordinate, sha256. Written by `python -m app.local.jars lock`.\n"


class JarError(FreshetError):
    """A jar cannot be had, or is not the one that was locked."""


@dataclass(frozen=True)
class LockedJar:
    """One line of the lock file."""

    folder: str
    coordinate: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Name of the file inside its folder."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def read_lock(text: str) -> list[LockedJar]:
    """The lines of a lock file, in order; comments and blank lines are skipped."""
    fields = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [LockedJar(folder, coordinate, sha256) for folder, coordinate, sha256 in fields]


def jar_folder(folder: str = "") -> Path:
    """Where the jars of one part lie once fetched; its name holds the lock file's hash."""
    return cache_folder() / "jars" / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12] / folder


def jar_files(folder: str) -> list[Path]:
    """The jars of one part, in the order of the lock file; raises JarError when they were not fetched."""
    files = [jar_folder(folder) / jar.file_name for jar in read_lock(LOCK.read_text()) if jar.folder == folder]
    if not files or not all(file.exists() for file in files):
        message = f"The Java archives of {folder} are not there: run `make setup`."
        raise JarError(message)
    return files


def fetch() -> bool:
    """Fetch what the lock file names; False when all of it was there already. Raises JarError."""
    target = jar_folder()
    if target.exists():
        return False
    locked = read_lock(LOCK.read_text())
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".draft-") as draft:
        by_coordinate = {jar.coordinate: jar for jar in locked}
        with ThreadPoolExecutor(8) as pool:
            store = dict(pool.map(lambda jar: (jar.coordinate, _download(jar, Path(draft))), by_coordinate.values()))
        complete = Path(draft) / "complete"
        for jar in locked:
            place = complete / jar.folder / jar.file_name
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(store[jar.coordinate], place)
        try:
            complete.rename(target)
        except OSError:
            if not target.exists():
                raise
    return True


def _download(jar: LockedJar, draft: Path) -> Path:
    """The checked file of one locked jar, in a folder of its own (downloads are not atomic)."""
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=draft / "repository" / jar.sha256, timeout=60)
    group, artifact, version = jar.coordinate.split(":")
    try:
        path: Path = context.project(group, artifact).at_version(version).artifact().resolve()
    except (RuntimeError, OSError) as error:
        message = f"{jar.coordinate} cannot be fetched: {error}"
        raise JarError(message) from error
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != jar.sha256:
        message = f"{jar.coordinate} is not the file that was locked: its sha256 is {found}, not {jar.sha256}."
        raise JarError(message)
    return path


def lock() -> str:
    """The text of a new lock file, from ROOTS."""
    import jgo

    lines = [HEADER]
    provided: set[str] = set()
    for folder, coordinates in ROOTS.items():
        artifacts: dict[str, Any] = {}
        for coordinate in coordinates:
            for artifact in jgo.resolve(coordinate):
                name = f"{artifact.groupId}:{artifact.artifactId}"
                if name not in artifacts or _order(artifact.version) > _order(artifacts[name].version):
                    artifacts[name] = artifact
        if folder.startswith("plugins/"):  # the worker's own classes win there anyway
            artifacts = {name: found for name, found in artifacts.items() if found.artifactId not in provided}
        elif folder == "connect":
            provided |= {artifact.artifactId for artifact in artifacts.values()}
        for name, artifact in sorted(artifacts.items()):
            sha256 = hashlib.sha256(artifact.resolve().read_bytes()).hexdigest()
            lines.append(f"{folder} {name}:{artifact.version} {sha256}\n")
    return "".join(lines)


def _order(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def remove_superseded() -> None:
    """Drop the folders of other lock files that no set-up has used for a month: another checkout may run from one."""
    keep = jar_folder()
    os.utime(keep)
    for folder in keep.parent.iterdir():
        if folder == keep or not folder.is_dir() or folder.name.startswith("."):
            continue
        if time.time() - folder.stat().st_mtime > _UNUSED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Iterable[str]) -> int:
    """The command line; 1 with a sentence when a jar cannot be had."""
    try:
        if "lock" in arguments:
            LOCK.write_text(lock(), encoding="utf-8")
        else:
            fetch()
    except JarError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
