"""Questions that prove a part really answers; each raises while it does not."""

from __future__ import annotations

from typing import Any

import httpx

from app.local.part import NotReadyError


async def answers_json(url: str, timeout_seconds: float = 8.0) -> Any:
    """The JSON that GET `url` answers; raises NotReadyError for any other answer, httpx's errors for none."""
    async with httpx.AsyncClient(timeout=timeout_seconds, trust_env=False) as client:
        answer = await client.get(url)
    if answer.status_code != httpx.codes.OK:
        message = f"answers {answer.status_code}"
        raise NotReadyError(message)
    return answer.json()
