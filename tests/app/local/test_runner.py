from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.local.part import LocalError, Node, Part, Step
from app.local.processes import end, family, find, read_record
from app.local.runner import Runner, check_disk, runner_pid, sole_runner
from app.local.supervisor import State
from retrieval.errors import RejectedError
from tests.app.local.fakes import QUICK, alive, fake_part, up_file

RUN = """
import asyncio, pathlib
from app.local.runner import Runner, sole_runner
from tests.app.local.fakes import QUICK, WITH_CHILD, fake_part
home = pathlib.Path({home!r})
async def main():
    await Runner([fake_part(home, "one", WITH_CHILD)], home, QUICK).start()
    print("up", flush=True)
    await asyncio.Event().wait()
with sole_runner(home):
    asyncio.run(main())
"""


def noting(part: Part, log: list[str]) -> Part:
    """The same part, writing down the moments of its start."""

    def prepare() -> None:
        log.append(part.name)
        part.prepare()

    return replace(part, prepare=prepare)


async def test_parts_and_steps_start_after_what_they_need(tmp_path: Path) -> None:
    log: list[str] = []

    async def migrate() -> str:
        log.append("migrate")
        assert up_file(tmp_path, "db").exists()
        return "at head"

    parts: list[Node] = [
        noting(fake_part(tmp_path, "api", needs=("migrate", "queue")), log),
        Step("migrate", migrate, needs=("db",)),
        noting(fake_part(tmp_path, "db"), log),
        noting(fake_part(tmp_path, "queue"), log),
    ]
    runner = Runner(parts, tmp_path, QUICK)
    try:
        await runner.start()
        assert set(log[:2]) == {"db", "queue"}
        assert log[2:] == ["migrate", "api"]
        assert runner.steps["migrate"].result == "at head"
        assert {one.state for one in runner.supervisors.values()} == {State.RUNNING}
    finally:
        await runner.stop()


async def test_parts_stop_after_those_that_need_them_also_by_way_of_a_step(tmp_path: Path) -> None:
    async def migrate() -> str:
        return ""

    note = "import atexit, pathlib, signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit()); "
    note += f"log = pathlib.Path({str(tmp_path / 'order')!r}).open('a'); "
    serve = "import os, time; pathlib.Path('{up}').write_text(str(os.getpid())); time.sleep(600)"
    api = note + "atexit.register(lambda: (time.sleep(0.3), print('api', file=log, flush=True))); " + serve
    database = note + "atexit.register(lambda: print('db', file=log, flush=True)); " + serve
    parts: list[Node] = [
        fake_part(tmp_path, "db", database, grace_seconds=10.0),
        Step("migrate", migrate, needs=("db",)),
        fake_part(tmp_path, "api", api, needs=("migrate",), grace_seconds=10.0),
    ]
    runner = Runner(parts, tmp_path, QUICK)
    await runner.start()
    await runner.stop()
    assert (tmp_path / "order").read_text().split() == ["api", "db"]


async def test_a_part_that_cannot_start_ends_the_start_with_its_sentence(tmp_path: Path) -> None:
    dead = fake_part(tmp_path, "dead", command=(sys.executable, "-c", "raise SystemExit(7)"))
    runner = Runner([fake_part(tmp_path, "fine"), dead], tmp_path, QUICK)
    with pytest.raises(LocalError, match="dead ended with status 7"):
        await runner.start()
    await runner.stop()
    assert read_record(tmp_path, "fine") is None


async def test_a_step_that_fails_ends_the_start_with_its_sentence(tmp_path: Path) -> None:
    async def fail() -> str:
        message = "the contract is wrong"
        raise RejectedError(message)

    runner = Runner([Step("sample", fail)], tmp_path, QUICK)
    with pytest.raises(LocalError, match="sample: the contract is wrong"):
        await runner.start()


def test_a_second_runner_of_the_same_home_is_refused_with_the_first_ones_number(tmp_path: Path) -> None:
    with sole_runner(tmp_path):
        assert runner_pid(tmp_path) == os.getpid()
        with pytest.raises(LocalError, match=rf"already runs in .*process {os.getpid()}"), sole_runner(tmp_path):
            pass
    assert runner_pid(tmp_path) is None


def test_a_nearly_full_disk_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"GB are free on the disk of .*FRESHET_HOME"):
        check_disk(tmp_path, needed_bytes=10**18)


def start_runner(home: Path) -> subprocess.Popen[bytes]:
    """A runner in a process of its own, its part up."""
    runner = subprocess.Popen([sys.executable, "-c", RUN.format(home=str(home))], stdout=subprocess.PIPE)
    assert runner.stdout is not None
    assert runner.stdout.readline() == b"up\n"
    return runner


def test_after_a_kill_of_the_runner_the_next_one_adopts_its_parts(tmp_path: Path) -> None:
    first = start_runner(tmp_path)
    first.kill()
    first.wait()
    left = read_record(tmp_path, "one")
    assert left is not None
    assert find(left) is not None
    second = start_runner(tmp_path)
    second.kill()
    second.wait()
    adopted = read_record(tmp_path, "one")
    assert adopted is not None
    everything = family(adopted)
    asyncio.run(end(adopted, signal.SIGTERM, 1.0))
    assert adopted.pid == left.pid
    assert len(everything) == 2
    assert not any(alive(process.pid) for process in everything)
