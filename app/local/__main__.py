"""`python -m app.local [--only PART,…]`: the embedded parts without the rest of the command line."""

from __future__ import annotations

import asyncio
import signal
import sys

from app.local.part import LocalError, choose
from app.local.parts import FAMILIES, infrastructure
from app.local.runner import Runner, sole_runner
from app.settings import load_settings


async def _run(only: list[str]) -> None:
    settings = load_settings()
    nodes = choose(infrastructure(settings), only, FAMILIES)
    runner = Runner(nodes, settings.freshet_home)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        starting = asyncio.create_task(runner.start())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            for s in runner.supervisors.values():
                print(s.part.name, s.state, s.adopted, round(s.seconds_to_ready or 0, 1), flush=True)
            await stop.wait()
        else:
            starting.cancel()
    finally:
        await runner.stop()


if __name__ == "__main__":
    only = sys.argv[sys.argv.index("--only") + 1].split(",") if "--only" in sys.argv else []
    try:
        with sole_runner(load_settings().freshet_home):
            asyncio.run(_run(only))
    except LocalError as error:
        sys.exit(error.message)
