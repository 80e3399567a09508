"""The stand-alone question by a language model: one structured call through LangChain.

The model may only rephrase: an answer that brings in an identifier nobody wrote, or drops one that the message holds,
is not used. Where the model is away, too slow or wrong, the rules of `app.dialog.standalone` answer.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from langchain.chat_models import init_chat_model
from pydantic import BaseModel, Field, SecretStr

from app.dialog.session import Session
from app.dialog.standalone import Judge, asked_before, standalone
from retrieval.model import Question
from retrieval.prompt import build_task_prompt
from retrieval.terms import has_chinese, identifiers

_SECONDS = 8.0
_TURNS, _TURN_CHARACTERS = 8, 600
_QUESTION_CHARACTERS = 400
_log = structlog.get_logger(__name__)


class Rewritten(BaseModel):
    """What the model gives back."""

    question: str = Field(max_length=_QUESTION_CHARACTERS, description="the last message as one complete question")


class ModelStandalone:
    """Rewrites with the model at `base_url`; where it does not answer in time, or not in form, the rules do."""

    def __init__(self, base_url: str, model: str, api_key: str = "", seconds: float = _SECONDS) -> None:
        asked = init_chat_model(
            model,
            model_provider="openai",
            base_url=base_url,
            api_key=SecretStr(api_key or "none"),
            temperature=0,
            max_tokens=300,
            max_retries=0,
            timeout=seconds,
        )
        self._chain: Any = asked.with_structured_output(Rewritten, method="json_schema")
        self._seconds = seconds

    async def __call__(self, session: Session, asked: str, judge: Judge) -> Question:
        """As `app.dialog.standalone.standalone`."""
        before = asked_before(session)
        if not before or not asked.strip() or len(asked) > _QUESTION_CHARACTERS:
            return await standalone(session, asked, judge)
        turns = [turn for turn in session.current if turn.text.strip()][-_TURNS:]
        history = [(turn.role, turn.text[:_TURN_CHARACTERS]) for turn in turns]
        prompt = await build_task_prompt("standalone", "zh" if has_chinese(asked) else "en", history, asked)
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._chain.ainvoke([(message.role, message.text) for message in prompt.messages])
        except Exception as error:  # noqa: BLE001 (whatever a client library raises: the rules answer)
            _log.warning("standalone_by_rules", reason=type(error).__name__)
            return await standalone(session, asked, judge)
        question = " ".join(found.question.split()) if isinstance(found, Rewritten) else ""
        if not _keeps_to(question, asked, "\n".join(text for _, text in history)):
            _log.warning("standalone_by_rules", reason="the model did not keep to the conversation")
            return await standalone(session, asked, judge)
        return Question(question, context=before)


def _keeps_to(question: str, asked: str, conversation: str) -> bool:
    """Whether the question keeps the identifiers of the message and has no others than the conversation's."""
    kept = set(identifiers(question))
    said = set(identifiers(asked))
    return bool(question) and said <= kept <= said | set(identifiers(conversation))
