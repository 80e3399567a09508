"""The API on a port of its own, for tests that look at its pages in a browser."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import uvicorn
from playwright.sync_api import Page, expect

from tests.app.conftest import Api
from tests.app.documents import until
from tests.browser import chromium, open_context

expect.set_options(timeout=20_000)
PICTURES = os.environ.get("WIDGET_PICTURES", "")
"""A folder for screenshots; none are taken where it is not set."""


class Served:
    """The API on a port of its own, in the loop of the test."""

    def __init__(self, api: Api) -> None:
        config = uvicorn.Config(api.app, host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False)
        self.server = uvicorn.Server(config)

    async def start(self) -> str:
        self.task = asyncio.create_task(self.server.serve())
        await until(lambda: self.server.started)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        self.server.should_exit = True
        self.server.force_exit = True
        await self.task


async def in_browser(url: str, steps: Callable[[Page], None], **options: Any) -> list[str]:
    """Carry out `steps` in a page of its own that begins at `url`; what the browser complained about meanwhile."""

    def run() -> list[str]:
        complaints: list[str] = []
        with chromium() as browser:
            context = open_context(browser, url, **options)
            page = context.new_page()
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(url)
            steps(page)
        return complaints

    return await asyncio.to_thread(run)


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png")
