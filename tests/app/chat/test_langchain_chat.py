"""`ChatFreshet` passes LangChain's own suites, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from retrieval.langchain_chat import ChatFreshet
from tests.app.chat.test_routes import PICCOLA, chat
from tests.app.conftest import Api
from tests.retrieval.conftest import serving

__all__ = ["chat"]

CONNECTION: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def served(chat: Api, show: Callable[..., Any]) -> Iterator[str]:
    """The service on a port of its own; LangChain's classes ask for its address by property."""
    chat.candidates.append(show(chat, source="erp", key="p1", readers=["public"], text=PICCOLA, title="Piccola"))
    with serving(chat.app) as address:
        CONNECTION.update(base_url=f"{address}/v1", api_key=chat.token("customer"), max_retries=0)
        yield address


class TestAgainstLangChain(ChatModelIntegrationTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatFreshet

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return dict(CONNECTION)

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False

    @property
    def supports_model_override(self) -> bool:
        return False


class TestAlone(ChatModelUnitTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatFreshet

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"base_url": "http://127.0.0.1:1/v1", "api_key": "token"}

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False


def test_a_message_holds_its_citations_streamed_or_not(served: str) -> None:
    model = ChatFreshet(**CONNECTION)
    message = model.invoke("What does the Piccola weigh?")
    assert "9 kg" in message.content
    assert message.additional_kwargs["freshet"]["citations"][0]["quote"] == PICCOLA
    chunks = list(model.stream("What does the Piccola weigh?"))
    assert "9 kg" in "".join(str(chunk.content) for chunk in chunks)
    [extra] = [chunk.additional_kwargs["freshet"] for chunk in chunks if "freshet" in chunk.additional_kwargs]
    assert extra["decision"] == "answered"
