"""What an engine says of its model: its name, and how many tokens messages are under its own chat template."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import orjson

from retrieval.engine.failures import SERVICE
from retrieval.errors import UnavailableError
from retrieval.prompt import Message, TokenCount

_SECONDS = 2.0


async def first_model(client: httpx.AsyncClient, base_url: str) -> str:
    """The name of the first model that the engine lists.

    Raises:
        UnavailableError: it does not answer, or lists none.
    """
    try:
        response = await client.get(f"{base_url}/models", timeout=_SECONDS)
        return str(orjson.loads(response.content)["data"][0]["id"])
    except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
        raise UnavailableError(SERVICE, f"{SERVICE} does not say which models it has: {type(error).__name__}") from None


async def ask_engine(
    client: httpx.AsyncClient, base_url: str, model: str, messages: Sequence[Message]
) -> TokenCount | None:
    """The engine's count; None when it does not answer, or has no such route (it is not part of OpenAI's API)."""
    asked = [{"role": message.role, "content": message.text} for message in messages]
    body = {"model": model, "messages": asked, "add_generation_prompt": True}
    try:
        response = await client.post(
            f"{base_url.removesuffix('/v1')}/tokenize", content=orjson.dumps(body), timeout=_SECONDS
        )
        if response.status_code != httpx.codes.OK:
            return None
        found = orjson.loads(response.content)
        return TokenCount(int(found["count"]), exact=True, limit=int(found.get("max_model_len") or 0))
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
