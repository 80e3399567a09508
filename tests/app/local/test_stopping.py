from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.local import stopping
from app.local.parts import infrastructure
from app.local.processes import read_record
from app.local.supervisor import Patience, Supervisor
from app.settings import load_settings
from tests.app.local.fakes import alive, free_port


async def test_stop_ends_what_a_killed_runner_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = load_settings(freshet_home=tmp_path, valkey_port=free_port())
    valkey = next(part for part in infrastructure(settings, frozenset({"redis_url"})))
    supervisor = Supervisor(valkey, settings.freshet_home, Patience())
    task = asyncio.create_task(supervisor.run())
    await asyncio.wait_for(supervisor.ready.wait(), 60)
    task.cancel()  # as a killed runner: nothing is stopped
    await asyncio.gather(task, return_exceptions=True)
    record = read_record(settings.freshet_home, "valkey")
    assert record is not None
    await stopping.stop(settings)
    assert not alive(record.pid)
    assert read_record(settings.freshet_home, "valkey") is None
    assert capsys.readouterr().out == "Everything is stopped.\n"


async def test_stopping_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await stopping.stop(load_settings(freshet_home=tmp_path))
    assert capsys.readouterr().out == f"Nothing runs in {tmp_path}.\n"
