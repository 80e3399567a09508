"""The API on a port of its own, for tests that look at its pages in a browser."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn
from playwright.sync_api import Page

from tests.app.conftest import Api
from tests.app.documents import until
from tests.browser import chromium, open_context

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


class Line:
    """A way to a service that can be cut: what goes over it breaks off, and nothing new gets through until mended."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._open: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self.url = ""

    async def start(self) -> None:
        """From then on `url` leads to the service."""
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self._server.close()
        self._drop()

    def cut(self) -> None:
        """From any thread."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._drop)

    def mend(self) -> None:
        """From any thread."""
        self._is_cut = False

    def _drop(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        ends = {writer, far_writer}
        self._open |= ends
        await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))
        self._open -= ends


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


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
