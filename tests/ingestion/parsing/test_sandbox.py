from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from ingestion.parsing import sandbox
from ingestion.parsing.model import Limits
from ingestion.parsing.sandbox import parse_isolated
from retrieval.errors import RejectedError
from tests.ingestion.parsing.files import pdf


def kept(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def worker_that(does: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Puts a worker of our own in the place of the real one."""
    package = folder / "ingestion" / "parsing"
    package.mkdir(parents=True)
    for place in (package.parent, package):
        (place / "__init__.py").write_text("")
    (package / "worker.py").write_text(f"import os, signal, sys, time\nsys.stdin.readline()\n{does}\n")
    monkeypatch.setattr(sandbox, "_ROOT", folder)


def test_a_file_is_parsed_in_another_process_with_its_progress(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    path = kept(tmp_path, "original", pdf([[(72, 700, 10, "first page")], [(72, 700, 10, "second page")]]))
    parsed = parse_isolated(path, "手册.pdf", on_progress=lambda *progress: told.append(progress))
    assert (parsed.text, parsed.pages, parsed.warnings) == ("first page\fsecond page", 2, ())
    assert told == [("reading", 0, 0), ("page", 1, 2), ("page", 2, 2)]


def test_a_parser_gives_way_to_what_answers(tmp_path: Path) -> None:
    niceness: list[int] = []

    def look(*_: object) -> None:
        for child in psutil.Process().children():
            with suppress(psutil.Error):  # one that has just ended
                niceness.extend([child.nice()] if "ingestion.parsing.worker" in child.cmdline() else [])

    parse_isolated(kept(tmp_path, "original", pdf([[(72, 700, 10, "a page")]])), "a.pdf", on_progress=look)
    assert max(niceness) > psutil.Process().nice()


def test_a_large_text_comes_back_whole(tmp_path: Path) -> None:
    text = "\n".join(f"第 {number} 行 of a long file" for number in range(100_000))
    assert parse_isolated(kept(tmp_path, "a", text.encode()), "a.txt").text == text


def test_a_rejection_keeps_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(RejectedError, match=r"^a\.pdf is cut off: the end of the PDF is missing$"):
        parse_isolated(kept(tmp_path, "a", b"%PDF-1.7\n"), "a.pdf")


def test_a_worker_that_hangs_is_killed_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "child"
    start = f"import subprocess\nopen({str(note)!r}, 'w').write(str(subprocess.Popen(['sleep', '600']).pid))"
    does = f"{start}\ntime.sleep(600)"
    worker_that(does, monkeypatch, tmp_path / "fake")
    with pytest.raises(RejectedError, match="took longer than 2 seconds"):
        parse_isolated(kept(tmp_path, "a", b"x"), "a.txt", Limits(seconds=2))
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in (int(note.read_text()),) if _lives(pid)], timeout=10)
    assert not any(_lives(one.pid) for one in alive)


def _lives(pid: int) -> bool:
    """Whether a process is there and has not ended; one that was killed dies when the processor comes to it."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


@pytest.mark.parametrize(
    ("does", "sentence"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "breaks the parser"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "needs more than 4,096 MB"),
        ("sys.exit('terminate called: std::bad_alloc')", "needs more than 4,096 MB"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "took longer than 600 seconds"),
        ("sys.exit(0)", "breaks the parser"),
    ],
)
def test_a_crash_becomes_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, sentence: str) -> None:
    worker_that(does, monkeypatch, tmp_path / "fake")
    with pytest.raises(RejectedError, match=f"a.txt .*{sentence}"):
        parse_isolated(kept(tmp_path, "a", b"x"), "a.txt")


def test_too_much_memory_becomes_a_sentence(tmp_path: Path) -> None:
    path = kept(tmp_path, "a", b"some words\n" * 20_000_000)
    with pytest.raises(RejectedError, match="needs more than 300 MB of memory"):
        parse_isolated(path, "a.txt", Limits(memory_mb=300))


def test_the_worker_sees_no_secret_of_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    answer = '{"rejected": "%s" % sorted(os.environ)}'
    worker_that(f"import json\nprint(json.dumps({answer}))", monkeypatch, tmp_path / "fake")
    assert "SECRET_KEY" in os.environ
    with pytest.raises(RejectedError) as caught:
        parse_isolated(kept(tmp_path, "a", b"x"), "a.txt")
    assert "SECRET_KEY" not in caught.value.message
    assert "PYTHONPATH" in caught.value.message


def test_who_watches_can_stop_it(tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(stage: str, page: int, pages: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        parse_isolated(kept(tmp_path, "a", b"some words"), "a.txt", on_progress=stop)
