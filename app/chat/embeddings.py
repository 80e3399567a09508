"""`POST /v1/embeddings`: the embedding model of the index, as OpenAI's client libraries ask for it."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.auth import CurrentCaller
from app.chat.routes import WithChat
from app.refusals import NotFoundError

router = APIRouter(tags=["openai"])

_MOST_TEXTS, _MOST_CHARACTERS = 256, 32_000
Text = Annotated[str, Field(min_length=1, max_length=_MOST_CHARACTERS)]


class EmbeddingRequest(BaseModel):
    """Texts to embed, exactly as they are sent: no prefix is added."""

    model_config = ConfigDict(extra="ignore")

    model: str
    input: Text | Annotated[list[Text], Field(min_length=1, max_length=_MOST_TEXTS)]
    encoding_format: Literal["float", "base64"] = "float"


@router.post("/v1/embeddings")
async def post_embeddings(asked: EmbeddingRequest, caller: CurrentCaller, chat: WithChat) -> dict[str, Any]:
    """A vector of length 1 for each text, in their order."""
    del caller
    if asked.model != chat.embedder.model:
        raise NotFoundError(f"there is no embedding model {asked.model!r}; there is {chat.embedder.model!r}")
    texts = [asked.input] if isinstance(asked.input, str) else asked.input
    vectors = await chat.embedder.embed(texts)
    data = [
        {"object": "embedding", "index": at, "embedding": _encoded(vector, asked.encoding_format)}
        for at, vector in enumerate(vectors)
    ]
    return {"object": "list", "model": asked.model, "data": data, "usage": {"prompt_tokens": 0, "total_tokens": 0}}


def _encoded(vector: Any, form: str) -> str | list[float]:
    numbers = np.asarray(vector, dtype="<f4")
    return base64.b64encode(numbers.tobytes()).decode() if form == "base64" else [float(one) for one in numbers]
