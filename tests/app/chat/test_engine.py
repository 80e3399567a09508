"""A turn with a language model behind it: streamed, checked, replaced when it fails or invents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from app.settings import Settings
from tests.app.chat.test_routes import PICCOLA, ask
from tests.app.conftest import Api, start_api
from tests.retrieval.conftest import serving
from tests.retrieval.engine.fake_engine import FakeEngine, Reply


@pytest.fixture
def engine_of() -> Iterator[Callable[..., str]]:
    """Starts an engine that replies as planned; its address."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda *plan: f"{stack.enter_context(serving(FakeEngine(*plan).app()))}/v1"


@pytest_asyncio.fixture
async def chat_with(
    database_url: str, engine: Engine, settings: Settings, tmp_path: Path, valkey_url: str, show: Callable[..., Any]
) -> AsyncIterator[Callable[[str], Any]]:
    """The service with an engine at an address."""
    async with AsyncExitStack() as stack:

        async def start(address: str) -> Api:
            more = {"openai_api_base_url": address, "llm_model": "tiny"}
            api = await start_api(database_url, engine, settings.model_copy(update=more), tmp_path, valkey_url, stack)
            api.candidates.append(show(api, source="erp", key="p1", readers=["public"], text=PICCOLA, title="Piccola"))
            return api

        yield start


async def test_the_models_words_are_cited_to_their_source(chat_with: Any, engine_of: Callable[..., str]) -> None:
    chat = await chat_with(engine_of(Reply(("It has a wei", "ght of 9 kg: the Piccola weighs 9 kg. [1]"))))
    done = await ask(chat, "What does the Piccola weigh?")
    assert (done["decision"], done["model"]) == ("answered", "tiny")
    assert [one["quote"] for one in done["citations"]] == [PICCOLA]
    assert done["usage"]["completion_tokens"] > 0


async def test_what_the_model_invents_is_not_shown(chat_with: Any, engine_of: Callable[..., str]) -> None:
    chat = await chat_with(engine_of(Reply(("The Piccola weighs 9 kg. [1] ", "It costs 12,000 EUR and can fly. [1]"))))
    done = await ask(chat, "What does the Piccola weigh?")
    assert "9 kg" in done["answer"]
    assert "12,000" not in done["answer"]


@pytest.mark.parametrize("plan", [(Reply(("Purple elephants dance at 77 bars.",)),), (Reply(status=500),) * 6])
async def test_without_a_usable_answer_the_sources_speak_and_it_is_said(
    chat_with: Any, engine_of: Callable[..., str], plan: tuple[Reply, ...]
) -> None:
    chat = await chat_with(engine_of(*plan))
    done = await ask(chat, "What does the Piccola weigh?")
    assert (done["decision"], done["model"]) == ("answered", "quoting")
    assert "9 kg" in done["answer"]
    assert "gave no usable answer" in done["answer"]


async def test_an_engine_that_is_not_there_is_worked_around(chat_with: Any) -> None:
    chat = await chat_with("http://127.0.0.1:1/v1")
    done = await ask(chat, "What does the Piccola weigh?")
    assert (done["decision"], done["model"]) == ("answered", "quoting")
