from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from app.local.part import LocalError, Port
from app.local.processes import Record, check_port, find, fingerprint, memory_bytes, read_record, record_path
from tests.app.local.fakes import fake_part, free_port


def own_record() -> Record:
    return Record("own", os.getpid(), psutil.Process().create_time(), "x")


def test_a_record_finds_its_process() -> None:
    found = find(own_record())
    assert found is not None
    assert found.pid == os.getpid()


def test_a_record_does_not_find_another_process_with_the_same_number() -> None:
    assert find(replace(own_record(), created=own_record().created - 100)) is None


def test_a_record_survives_being_written_and_read(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    own_record().save(tmp_path)
    assert read_record(tmp_path, "own") == own_record()


@pytest.mark.parametrize("content", ["", "{", '{"name": "own"}', "[]"])
def test_a_damaged_record_is_no_record(tmp_path: Path, content: str) -> None:
    record_path(tmp_path, "own").parent.mkdir()
    record_path(tmp_path, "own").write_text(content)
    assert read_record(tmp_path, "own") is None


def test_a_taken_port_is_a_sentence_with_port_setting_and_process() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(LocalError) as caught:
            check_port("kafka", Port(number, "kafka_port"))
    assert f"kafka cannot use port {number}" in caught.value.message
    assert "KAFKA_PORT" in caught.value.message
    assert f"process {os.getpid()}" in caught.value.message


def test_a_free_port_passes() -> None:
    check_port("kafka", Port(free_port(), "kafka_port"))


def test_a_changed_command_changes_the_fingerprint(tmp_path: Path) -> None:
    part = fake_part(tmp_path, "one")
    assert fingerprint(part) == fingerprint(fake_part(tmp_path, "one"))
    assert fingerprint(part) != fingerprint(replace(part, command=("other",)))
    assert fingerprint(part) != fingerprint(replace(part, environment={"A": "b"}))


def test_memory_of_this_process_is_counted() -> None:
    assert memory_bytes([psutil.Process()]) > 1_000_000
