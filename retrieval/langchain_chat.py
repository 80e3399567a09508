"""Freshet as a LangChain chat model: answers with their citations, over the OpenAI-compatible routes."""

from __future__ import annotations

from typing import Any

from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI

FIELD = "freshet"
"""Where a message's `additional_kwargs` hold the decision, the citations, the confidence and `as_of`."""


class ChatFreshet(ChatOpenAI):
    """`ChatFreshet(base_url="http://127.0.0.1:8000/v1", api_key=TOKEN)`; `TOKEN` is a bearer token of Freshet.

    Everything that ChatOpenAI takes is accepted; sampling parameters, tools and schemas change nothing, since answers
    rest on sources. `message.additional_kwargs["freshet"]` holds what the event `done` says.
    """

    model_name: str = "freshet"
    stream_usage: bool = True

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """It is not: LangChain loads only classes of its own packages."""
        return False

    @property
    def _llm_type(self) -> str:
        return "freshet"

    def _create_chat_result(self, response: Any, generation_info: dict[str, Any] | None = None) -> ChatResult:
        result = super()._create_chat_result(response, generation_info)
        extra = response.get(FIELD) if isinstance(response, dict) else (response.model_extra or {}).get(FIELD)
        for generation in result.generations:
            generation.message.additional_kwargs[FIELD] = extra or {}
        return result

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        converted = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        if converted is not None and chunk.get(FIELD):
            converted.message.additional_kwargs[FIELD] = chunk[FIELD]
        return converted
