"""The stand-alone question by a model: used where it keeps to the conversation, else the rules answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.dialog.session import Session, Turn
from app.dialog.standalone_model import ModelStandalone
from retrieval.model import Passage
from tests.retrieval.conftest import serving
from tests.retrieval.passages import passage

SESSION = Session("c").said(Turn("user", "What does the Piccola X-200 cost?")).said(Turn("assistant", "649 EUR"))


class Engine:
    """An OpenAI-compatible engine that gives one planned answer; None closes with an error."""

    def __init__(self) -> None:
        self.content: str | None = ""
        self.asked: list[dict[str, object]] = []

    def app(self) -> Any:
        """The application to serve."""
        return Starlette(routes=[Route("/v1/chat/completions", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        self.asked.append(orjson.loads(await request.body()))
        if self.content is None:
            return JSONResponse({"error": {"message": "no"}}, 500)
        message = {"role": "assistant", "content": self.content}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        body = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": choices, "usage": usage}
        return JSONResponse(body)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def model(engine: Engine) -> Iterator[ModelStandalone]:
    with serving(engine.app()) as address:
        yield ModelStandalone(f"{address}/v1", "m")


async def judge(text: str, *, in_words: bool = False) -> Sequence[Passage]:
    return [passage(f"The Piccola X-200. {text}", title="Piccola X-200")]


async def test_the_models_question_is_searched(engine: Engine, model: ModelStandalone) -> None:
    engine.content = '{"question": "What does the Piccola X-200 weigh?"}'
    question = await model(SESSION, "And what does it weigh?", judge)
    assert question.text == "What does the Piccola X-200 weigh?"
    assert question.context == ("What does the Piccola X-200 cost?",)
    assert "json_schema" in str(engine.asked[0]["response_format"])


@pytest.mark.parametrize(
    "content",
    [None, "no JSON", "{}", '{"question": ""}', '{"question": "What does the Y-900 weigh?"}', '{"question": 7}'],
)
async def test_without_a_usable_answer_the_rules_make_the_question(
    engine: Engine, model: ModelStandalone, content: str | None
) -> None:
    engine.content = content
    question = await model(SESSION, "And what does it weigh?", judge)
    assert "Piccola X-200" in question.text
    assert "Y-900" not in question.text


async def test_a_first_message_asks_no_model(engine: Engine, model: ModelStandalone) -> None:
    assert (await model(Session("c"), "What does it weigh?", judge)).text == "What does it weigh?"
    assert engine.asked == []
