"""`/agent` in a real Chromium: a customer waits, is claimed, answered and given back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.sync_api import Page, expect

from tests.app.chat.test_routes import ask, chat, piccola
from tests.app.conftest import Api
from tests.app.identity.conftest import PASSWORD, People
from tests.app.web.serving import Served, in_browser, picture
from tests.browser import overflow, serious_findings, sign_in

__all__ = ["chat", "piccola"]


@pytest_asyncio.fixture
async def inbox(chat: Api, piccola: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The page's address, with one customer who waits."""
    monkeypatch.setattr("app.chat.live.LONGEST_SECONDS", 60.0)
    async with AsyncExitStack() as stack:
        await People(chat, stack).add("tom", ["agent"])
        first = await ask(chat, "What does the Piccola weigh?")
        await ask(chat, "I want to talk to a human", conversation_id=first["conversation_id"])
        await ask(chat, "I want to talk to a human", user="bea")
        served = Served(chat)
        yield await served.start()
        await served.stop()


def unforeseen(complaints: list[str]) -> list[str]:
    """What the browser complained about, but that nobody was signed in at first."""
    return [one for one in complaints if "401" not in one]


async def test_an_agent_claims_answers_and_gives_back(inbox: str) -> None:
    def steps(page: Page) -> None:
        sign_in(page.context, "tom", PASSWORD)
        page.goto("/agent")
        page.get_by_role("link", name="ann").click()
        expect(page.get_by_role("log")).to_contain_text("weighs 9 kg")
        picture(page, "agent-waiting")
        page.keyboard.press("c")
        expect(page.get_by_text("With you", exact=True)).to_be_visible()
        page.get_by_role("button", name="Suggest an answer").click()
        page.get_by_role("button", name="Insert").click()
        field = page.get_by_label("Your reply")
        expect(field).to_have_value("The Piccola weighs 9 kg and holds 1.5 litres of water.")
        assert serious_findings(page) == []
        assert overflow(page) <= 0
        picture(page, "agent-mine")
        field.press("Enter")
        expect(page.locator(".i-said-agent")).to_contain_text("1.5 litres")
        field.press("Escape")
        page.keyboard.press("g")
        expect(page.get_by_text("With the assistant", exact=True)).to_be_visible()

    complaints = await in_browser(inbox, steps, viewport={"width": 1440, "height": 900})
    assert unforeseen(complaints) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_phone_one_column_is_shown_in_chinese(inbox: str, scheme: str) -> None:
    def steps(page: Page) -> None:
        sign_in(page.context, "tom", PASSWORD)
        page.goto("/agent")
        page.get_by_role("link", name="bea").wait_for()
        picture(page, f"agent-phone-inbox-{scheme}")
        assert serious_findings(page) == []
        page.get_by_role("link", name="bea").click()
        page.get_by_role("button", name="接入").click()
        expect(page.get_by_label("回复内容")).to_be_visible()
        picture(page, f"agent-phone-{scheme}")
        assert serious_findings(page) == []
        assert overflow(page) <= 0
        page.get_by_role("button", name="返回会话列表").click()
        expect(page.get_by_role("link", name="bea")).to_be_visible()

    phone = {"viewport": {"width": 390, "height": 800}, "locale": "zh-CN", "color_scheme": scheme}
    assert unforeseen(await in_browser(inbox, steps, **phone)) == []
