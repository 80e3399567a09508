from __future__ import annotations

from pathlib import Path

from app.local.logs import rotate, tail


def test_a_small_log_stays(tmp_path: Path) -> None:
    path = tmp_path / "kafka.log"
    path.write_text("short\n")
    assert not rotate(path, max_bytes=100)
    assert path.read_text() == "short\n"


def test_rotation_keeps_the_newest_files_and_drops_the_oldest(tmp_path: Path) -> None:
    path = tmp_path / "kafka.log"
    for number in range(5):
        path.write_text(f"{number}" * 200)
        assert rotate(path, max_bytes=100, kept=3)
    assert path.read_text() == ""
    assert [path.with_name(f"kafka.log.{n}").read_text()[0] for n in (1, 2, 3)] == ["4", "3", "2"]
    assert not path.with_name("kafka.log.4").exists()


def test_a_process_that_holds_the_log_open_goes_on_writing_at_its_start(tmp_path: Path) -> None:
    path = tmp_path / "kafka.log"
    with path.open("ab", buffering=0) as held:
        held.write(b"x" * 200)
        assert rotate(path, max_bytes=100)
        held.write(b"after\n")
    assert path.read_bytes() == b"after\n"


def test_the_tail_has_the_last_lines_that_say_something(tmp_path: Path) -> None:
    path = tmp_path / "kafka.log"
    path.write_text("one\n\ntwo\n   \nthree\n")
    assert tail(path, lines=2) == "two\nthree"


def test_no_log_has_an_empty_tail(tmp_path: Path) -> None:
    assert tail(tmp_path / "none.log") == ""
