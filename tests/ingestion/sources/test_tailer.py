from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.sources.lines import MAX_LINE_BYTES
from ingestion.sources.tailer import Positions, Tailer


class Log:
    """A folder with a log, and a tailer that can be started anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "app.log"
        self.tailer = self.start()

    def start(self) -> Tailer:
        self.tailer = Tailer([str(self.folder / "*.log")], Positions(self.folder / "state" / "positions.json"))
        return self.tailer

    def append(self, text: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(text)

    def new(self, *, commit: bool = True) -> list[bytes]:
        self.tailer.scan()
        found: list[bytes] = []
        while batch := list(self.tailer.read()):
            found += [line.raw.rstrip(b"\n") for line in batch]
        if commit:
            self.tailer.commit()
        return found


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_lines_are_given_once_and_only_when_complete(log: Log) -> None:
    log.append(b"one\ntwo\nthr")
    assert log.new() == [b"one", b"two"]
    assert log.new() == []
    log.append(b"ee\n\n")
    assert log.new() == [b"three"]


def test_a_restart_goes_on_where_it_was(log: Log) -> None:
    log.append(b"one\n")
    assert log.new() == [b"one"]
    log.append(b"two\n")
    log.start()
    assert log.new() == [b"two"]


def test_what_was_not_committed_comes_again(log: Log) -> None:
    log.append(b"one\n")
    assert log.new(commit=False) == [b"one"]
    log.start()
    assert log.new() == [b"one"]


def test_a_rotated_file_is_read_to_its_end(log: Log) -> None:
    log.append(b"one\n")
    assert log.new() == [b"one"]
    log.append(b"two\nlast without end")
    log.path.rename(log.folder / "app.log.1")
    log.append(b"three\n")
    assert sorted(log.new() + log.new()) == [b"last without end", b"three", b"two"]
    assert log.new() == []


def test_a_file_that_rotated_while_nobody_looked_is_found_by_its_inode(log: Log) -> None:
    log.append(b"one\n")
    assert log.new() == [b"one"]
    log.append(b"two\n")
    log.path.rename(log.folder / "app.log.1")
    log.append(b"three\n")
    log.start()
    assert sorted(log.new() + log.new()) == [b"three", b"two"]


def test_a_truncated_file_starts_over(log: Log) -> None:
    log.append(b"one is rather long\n")
    assert log.new() == [b"one is rather long"]
    log.path.write_bytes(b"new\n")
    assert log.new() == [b"new"]


def test_a_file_truncated_and_grown_beyond_is_noticed_by_its_head(log: Log) -> None:
    log.append(b"one\n")
    assert log.new() == [b"one"]
    log.path.write_bytes(b"new\nand more\nand more\n")
    assert log.new() == [b"new", b"and more", b"and more"]


def test_a_deleted_file_is_forgotten(log: Log) -> None:
    log.append(b"one\n")
    log.new()
    log.path.unlink()
    assert log.new() == []
    assert Positions(log.folder / "state" / "positions.json").load() == {}


def test_a_line_without_end_is_cut_and_the_rest_skipped(log: Log) -> None:
    log.append(b"x" * (3 * MAX_LINE_BYTES) + b"\nnext\n")
    first, second = log.new()
    assert len(first) == MAX_LINE_BYTES + 2
    assert second == b"next"


def test_forbidden_folders_are_not_read_through_links_either(log: Log) -> None:
    private = log.folder / "private"
    private.mkdir()
    (private / "secret.log").write_bytes(b"secret\n")
    (log.folder / "link.log").symlink_to(private / "secret.log")
    log.append(b"one\n")
    patterns = [str(log.folder / "**" / "*.log")]
    log.tailer = Tailer(patterns, Positions(log.folder / "positions.json"), [private])
    assert log.new() == [b"one"]


def test_folders_and_broken_positions_do_no_harm(log: Log) -> None:
    (log.folder / "folder.log").mkdir()
    (log.folder / "state").mkdir()
    (log.folder / "state" / "positions.json").write_text("{broken", encoding="utf-8")
    log.append(b"one\n")
    log.start()
    assert log.new() == [b"one"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["append", "read", "read again later", "restart", "rotate"]), max_size=30))
def test_every_line_is_given_at_least_once_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory, happenings: list[str]
) -> None:
    log, written, given_ = Log(tmp_path_factory.mktemp("log")), 0, []
    for number, happening in enumerate([*happenings, "read", "read"]):
        if happening == "append":
            log.append(b"line %d\n" % written)
            written += 1
        elif happening.startswith("read"):
            given_ += log.new(commit=happening == "read")
        elif happening == "restart":
            log.start()
        elif log.path.exists():
            given_ += log.new()  # a rotation is seen by a tailer that runs or that comes before the next one
            log.path.rename(log.folder / f"app.log.{number}")
    assert set(given_) == {b"line %d" % number for number in range(written)}
