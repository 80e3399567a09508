"""Questions that prove a part really answers; each raises while it does not."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from app.local.part import NotReadyError

_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Parts answer over plain HTTP: to read the system's certificates takes longer than to ask."""


def asking(timeout_seconds: float = 8.0) -> httpx.AsyncClient:
    """A client for one question to a part."""
    return httpx.AsyncClient(timeout=timeout_seconds, trust_env=False, verify=_NO_CERTIFICATES)


async def answers_json(url: str, timeout_seconds: float = 8.0) -> Any:
    """The JSON that GET `url` answers; raises NotReadyError for any other answer, httpx's errors for none."""
    async with asking(timeout_seconds) as client:
        answer = await client.get(url)
    if answer.status_code != httpx.codes.OK:
        message = f"answers {answer.status_code}"
        raise NotReadyError(message)
    return answer.json()
