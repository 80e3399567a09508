from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.local.part import NotReadyError, Part
from app.local.processes import family, find, read_record
from app.local.supervisor import State, Supervisor, backoff
from tests.app.local.fakes import QUICK, STUBBORN, WITH_CHILD, alive, fake_part, until, up_file


@asynccontextmanager
async def supervised(part: Part, home: Path) -> AsyncIterator[Supervisor]:
    (home / "run").mkdir(exist_ok=True)
    supervisor = Supervisor(part, home, QUICK)
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await supervisor.stop()


@given(st.integers(1, 200))
def test_backoff_never_shrinks_and_never_passes_the_longest(restarts: int) -> None:
    assert QUICK.first_delay <= backoff(restarts, QUICK) <= backoff(restarts + 1, QUICK) <= QUICK.longest_delay


async def test_a_part_is_ready_once_it_answers(tmp_path: Path) -> None:
    async with supervised(fake_part(tmp_path, "one"), tmp_path) as supervisor:
        await asyncio.wait_for(supervisor.ready.wait(), 20)
        assert supervisor.state is State.RUNNING
        record = read_record(tmp_path, "one")
        assert record is not None
        assert find(record) is not None


async def test_a_killed_part_comes_back_and_its_restart_is_counted(tmp_path: Path) -> None:
    async with supervised(fake_part(tmp_path, "one"), tmp_path) as supervisor:
        await asyncio.wait_for(supervisor.ready.wait(), 20)
        first = supervisor.record
        assert first is not None
        os.kill(first.pid, signal.SIGKILL)
        await until(lambda: supervisor.restarts == 1 and supervisor.state is State.RUNNING)
        second = read_record(tmp_path, "one")
        assert second is not None
        assert second.pid != first.pid
        assert second.restarts == 1


async def test_children_of_a_killed_part_are_ended_before_it_starts_again(tmp_path: Path) -> None:
    async with supervised(fake_part(tmp_path, "one", WITH_CHILD), tmp_path) as supervisor:
        await asyncio.wait_for(supervisor.ready.wait(), 20)
        first = supervisor.record
        assert first is not None
        children = [process.pid for process in family(first) if process.pid != first.pid]
        assert children
        os.kill(first.pid, signal.SIGKILL)
        await until(lambda: supervisor.restarts == 1 and supervisor.state is State.RUNNING)
        assert not any(alive(pid) for pid in children)


async def test_a_part_that_lives_and_waits_for_another_is_left_alone(tmp_path: Path) -> None:
    lacking = False
    plain = fake_part(tmp_path, "one")

    async def ready() -> None:
        if lacking:
            message = "the embedding server does not answer"
            raise NotReadyError(message)
        await plain.ready()

    async with supervised(replace(plain, ready=ready, lives=plain.ready), tmp_path) as supervisor:
        await asyncio.wait_for(supervisor.ready.wait(), 20)
        lacking = True
        await asyncio.sleep(4 * QUICK.silence)
        assert (supervisor.restarts, supervisor.state) == (0, State.RUNNING)


async def test_a_part_that_keeps_silent_is_restarted(tmp_path: Path) -> None:
    silent = False
    plain = fake_part(tmp_path, "one")

    async def ready() -> None:
        if silent:
            message = "silent"
            raise NotReadyError(message)
        await plain.ready()

    async with supervised(fake_part(tmp_path, "one", ready=ready), tmp_path) as supervisor:
        await asyncio.wait_for(supervisor.ready.wait(), 20)
        silent = True
        await until(lambda: supervisor.state is State.RESTARTING)
        assert "gave no answer" in supervisor.detail
        silent = False
        await until(lambda: supervisor.state is State.RUNNING)


async def test_stopping_leaves_no_process_even_of_a_part_that_ignores_the_signal(tmp_path: Path) -> None:
    async with supervised(fake_part(tmp_path, "one", STUBBORN), tmp_path) as supervisor:
        await asyncio.wait_for(supervisor.ready.wait(), 20)
        assert supervisor.record is not None
        pids = [process.pid for process in family(supervisor.record)]
        assert len(pids) == 2
    assert not any(alive(pid) for pid in pids)
    assert read_record(tmp_path, "one") is None


async def test_a_part_that_dies_at_once_fails_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "print('the disk is on fire'); raise SystemExit(3)")
    async with supervised(fake_part(tmp_path, "one", command=command), tmp_path) as supervisor:
        await until(lambda: supervisor.failure is not None)
        assert supervisor.failure is not None
        assert "one ended with status 3" in supervisor.failure.message
        assert "the disk is on fire" in supervisor.failure.message


async def test_a_program_that_is_not_there_fails_with_a_sentence(tmp_path: Path) -> None:
    async with supervised(fake_part(tmp_path, "one", command=("/nowhere/kafka",)), tmp_path) as supervisor:
        await until(lambda: supervisor.failure is not None)
        assert supervisor.failure is not None
        assert supervisor.failure.message.startswith("one cannot be started: No such file")


async def test_stopping_in_the_middle_of_a_start_leaves_no_process(tmp_path: Path) -> None:
    preparing, go_on = threading.Event(), threading.Event()

    def prepare() -> None:
        preparing.set()
        go_on.wait(20)

    supervisor = Supervisor(fake_part(tmp_path, "one", prepare=prepare), tmp_path, QUICK)
    task = asyncio.create_task(supervisor.run())
    await asyncio.to_thread(preparing.wait, 20)
    task.cancel()
    asyncio.get_running_loop().call_later(0.1, go_on.set)
    await asyncio.gather(task, return_exceptions=True)
    assert go_on.is_set()
    await supervisor.stop()
    assert read_record(tmp_path, "one") is None
    assert not up_file(tmp_path, "one").exists()


@pytest.mark.parametrize("changed", [False, True])
async def test_the_next_runner_adopts_what_is_unchanged_and_replaces_what_is_not(tmp_path: Path, changed: bool) -> None:
    (tmp_path / "run").mkdir()
    part = fake_part(tmp_path, "one")
    first = Supervisor(part, tmp_path, QUICK)
    task = asyncio.create_task(first.run())
    await asyncio.wait_for(first.ready.wait(), 20)
    task.cancel()  # as a killed runner: nothing is stopped
    await asyncio.gather(task, return_exceptions=True)
    assert first.record is not None
    again = fake_part(tmp_path, "one", environment={"MODE": "other"} if changed else {})
    async with supervised(again, tmp_path) as second:
        await asyncio.wait_for(second.ready.wait(), 20)
        assert second.adopted is not changed
        assert second.record is not None
        assert (second.record.pid == first.record.pid) is not changed
