from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest

from app.local import jars

CONTENT = b"a jar"


class FakeRepository:
    """Stands for jgo's MavenContext: every artifact is the same few bytes."""

    def __init__(self, repo_cache: Path, timeout: int) -> None:
        self.folder = repo_cache

    def project(self, group: str, artifact: str) -> FakeRepository:
        return self

    def at_version(self, version: str) -> FakeRepository:
        if version == "missing":
            message = "not found in remote repositories"
            raise RuntimeError(message)
        return self

    def artifact(self) -> FakeRepository:
        return self

    def resolve(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "file.jar"
        path.write_bytes(CONTENT)
        return path


@pytest.fixture
def lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "jars.lock"
    monkeypatch.setattr(jars, "LOCK", path)
    monkeypatch.setattr("jgo.maven.MavenContext", FakeRepository)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return path


def test_the_lock_file_pins_every_root_by_hash_and_names_no_host() -> None:
    text = jars.LOCK.read_text()
    locked = jars.read_lock(text)
    pinned = {(jar.folder, jar.coordinate) for jar in locked}
    for folder, roots in jars.ROOTS.items():
        assert {(folder, root) for root in roots} <= pinned
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in locked)
    assert "://" not in text


def test_jars_are_fetched_once_into_the_folders_of_their_parts(lock_file: Path) -> None:
    good = hashlib.sha256(CONTENT).hexdigest()
    lock_file.write_text(f"# comment\nkafka g:a:1 {good}\nconnect g:a:1 {good}\n")
    assert jars.fetch()
    assert not jars.fetch()
    assert [path.name for path in jars.jar_files("kafka")] == ["a-1.jar"]
    assert jars.jar_files("connect")[0].read_bytes() == CONTENT


def test_jars_of_another_checkout_stay_until_nobody_has_used_them_for_long(lock_file: Path) -> None:
    lock_file.write_text(f"kafka g:a:1 {hashlib.sha256(CONTENT).hexdigest()}\n")
    jars.fetch()
    other, forgotten = jars.jar_folder().parent / "other", jars.jar_folder().parent / "forgotten"
    for folder in (other, forgotten):
        folder.mkdir()
    os.utime(forgotten, (1, 1))
    jars.remove_superseded()
    assert (jars.jar_folder().is_dir(), other.is_dir(), forgotten.is_dir()) == (True, True, False)


def test_a_jar_that_is_not_the_locked_one_is_refused_and_leaves_nothing(lock_file: Path) -> None:
    lock_file.write_text(f"kafka g:a:1 {'0' * 64}\n")
    with pytest.raises(jars.JarError, match="g:a:1 is not the file that was locked"):
        jars.fetch()
    assert not jars.jar_folder().exists()


def test_a_jar_that_cannot_be_had_is_a_sentence(lock_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock_file.write_text(f"kafka g:a:missing {'0' * 64}\n")
    assert jars.main([]) == 1
    assert capsys.readouterr().err == "g:a:missing cannot be fetched: not found in remote repositories\n"


def test_asking_for_jars_that_were_not_fetched_says_how_to_fetch_them(lock_file: Path) -> None:
    lock_file.write_text(f"kafka g:a:1 {'0' * 64}\n")
    with pytest.raises(jars.JarError, match="make setup"):
        jars.jar_files("kafka")
