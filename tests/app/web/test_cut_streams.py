"""An answer that is still being written survives what happens to a page: it is reloaded, it loses its connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine

from app.settings import Settings
from app.widget.sample_site import add_sample_site
from tests.app.conftest import start_api
from tests.app.identity.conftest import PASSWORD, People
from tests.app.web.serving import Line, Served, in_browser
from tests.browser import sign_in
from tests.retrieval.conftest import serving
from tests.retrieval.engine.fake_engine import FakeEngine, Reply

TIPS = [f"Step {number} of descaling takes {number}5 seconds." for number in range(1, 13)]
QUESTION = "What are the steps of descaling?"


@pytest_asyncio.fixture
async def slow(
    database_url: str, engine: Engine, settings: Settings, tmp_path: Path, valkey_url: str, show: Callable[..., Any]
) -> AsyncIterator[Line]:
    """A way to a service whose engine writes a sentence every 0.4 seconds."""
    reply = Reply(tuple(f"{tip} [1] " for tip in TIPS), between=0.4)
    async with AsyncExitStack() as stack:
        address = stack.enter_context(serving(FakeEngine(reply).app()))
        more = {"openai_api_base_url": f"{address}/v1", "llm_model": "tiny"}
        api = await start_api(database_url, engine, settings.model_copy(update=more), tmp_path, valkey_url, stack)
        shown = show(api, source="files", key="d", readers=["public"], title="Descaling", text=" ".join(TIPS))
        api.candidates.append(shown)
        await People(api, stack).add("ann", ["employee"])
        served = Served(api)
        line = Line(urlsplit(await served.start()).port or 0)
        await line.start()
        add_sample_site(engine, settings.model_copy(update={"port": urlsplit(line.url).port}))
        yield line
        await line.stop()
        await served.stop()


def whole(answer: Locator) -> None:
    """Every sentence is there once, in its order."""
    expect(answer).to_contain_text(TIPS[-1])
    said = answer.inner_text()
    places = [said.find(tip) for tip in TIPS]
    assert [said.count(tip) for tip in TIPS] == [1] * len(TIPS)
    assert places == sorted(places)


def ask_page(page: Page) -> Locator:
    sign_in(page.context, "ann", PASSWORD)
    page.goto("/ask")
    field = page.get_by_role("textbox", name="question").first
    field.fill(QUESTION)
    field.press("Enter")
    return page.locator(".q-answer").last


def widget(page: Page) -> Locator:
    page.goto("/demo")
    page.locator("[data-chat]").click()
    field = page.get_by_role("textbox", name="Write a message…")
    field.fill(QUESTION)
    field.press("Enter")
    return page.get_by_role("log").locator(".w-answer").last


@pytest.mark.parametrize("opened", [ask_page, widget])
async def test_a_reload_in_the_middle_loses_and_doubles_nothing(slow: Line, opened: Callable[[Page], Locator]) -> None:
    def steps(page: Page) -> None:
        answer = opened(page)
        expect(answer).to_contain_text(TIPS[1])
        page.reload()
        expect(answer).to_contain_text(TIPS[1])
        assert TIPS[-1] not in answer.inner_text()
        page.reload()
        whole(answer)

    await in_browser(slow.url, steps)


@pytest.mark.parametrize(("opened", "told"), [(ask_page, "The connection was lost"), (widget, "Connecting again")])
async def test_a_lost_connection_is_told_and_the_answer_goes_on(
    slow: Line, opened: Callable[[Page], Locator], told: str
) -> None:
    def steps(page: Page) -> None:
        answer = opened(page)
        expect(answer).to_contain_text(TIPS[1])
        slow.cut()
        expect(page.get_by_text(told).first).to_be_visible()
        assert TIPS[-1] not in answer.inner_text()
        slow.mend()
        whole(answer)

    await in_browser(slow.url, steps)
