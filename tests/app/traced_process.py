"""Run as a program: an API whose traces go to the address in the environment; prints how long things took, as JSON.

`python -m tests.app.traced_process REQUESTS`
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack

import httpx

from app.logs import configure_logs
from app.main import create_app
from app.settings import load_settings


async def measure(requests: int) -> dict[str, object]:
    """Slowest request in seconds, every status seen, and how long the application took to end."""
    app = create_app(load_settings())
    slowest = 0.0
    statuses = set()
    stack = AsyncExitStack()
    await stack.enter_async_context(app.router.lifespan_context(app))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://freshet.test") as client:
        for _ in range(requests):
            began = time.perf_counter()
            statuses.add((await client.get("/version")).status_code)
            slowest = max(slowest, time.perf_counter() - began)
    began = time.perf_counter()
    await stack.aclose()
    sdk = sorted(name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")))
    return {"slowest": slowest, "statuses": sorted(statuses), "end": time.perf_counter() - began, "sdk": sdk}


if __name__ == "__main__":
    configure_logs("INFO")
    print(json.dumps(asyncio.run(measure(int(sys.argv[1])))))
