"""`VllmModel`: answers come from vLLM, or any engine with OpenAI's chat completions, streamed over httpx.

No client library stands between: a token costs microseconds here, and closing the stream closes the connection,
which is what makes vLLM stop generating.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import structlog

from retrieval.engine.answer_text import AnswerText
from retrieval.engine.counting import ask_engine, first_model
from retrieval.engine.events import Chunk, Counts, EventReader
from retrieval.engine.failures import SERVICE, LostError, lost_connection, other_form, refusal, too_slow
from retrieval.engine.replicas import Replica, Replicas
from retrieval.errors import FreshetError, UnavailableError
from retrieval.llm import FinishReason, Generation, Piece, TextPiece, Usage
from retrieval.prompt import Message, Prompt, TokenCount, estimated
from retrieval.tokens import estimate_tokens

_FINISHES: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "abort": "interrupted",
    "error": "interrupted",
}
_FIRST_WAIT_SECONDS = 0.1
_KEPT_OPEN_SECONDS = 4.0
"""Below the five seconds after which vLLM's server closes an idle connection."""
_DRAIN_SECONDS = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Where the engine is and how long it may take; without a `model` the first that it lists is asked.

    `base_urls` end in /v1, one per replica. `first_token_seconds` counts from the question on, with every try;
    `next_token_seconds` from one token to the next.
    """

    base_urls: tuple[str, ...]
    model: str
    api_key: str = ""
    connect_seconds: float = 2.0
    first_token_seconds: float = 20.0
    next_token_seconds: float = 10.0
    tries: int = 3


def base_urls(setting: str) -> tuple[str, ...]:
    """The addresses in a comma-separated setting, without blanks and trailing slashes; () for a blank one."""
    return tuple(url for part in setting.split(",") if (url := part.strip().rstrip("/")))


class VllmModel:
    """A `LanguageModel` over HTTP, inside the event loop that first uses it."""

    def __init__(
        self,
        settings: EngineSettings,
        *,
        jitter: Callable[[], float] = random.random,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self.name = settings.model
        self._settings = settings
        self._replicas = Replicas(settings.base_urls)
        self._jitter = jitter
        self._client = client or open_client(settings)

    async def stream(self, prompt: Prompt, options: Generation) -> AsyncGenerator[Piece]:
        """See `LanguageModel.stream`. Asks again, and other replicas first, until the first text has come."""
        self.name = self.name or await first_model(self._client, self._replicas.choose().url)
        body = request_body(self.name, prompt, options)
        begun_by = asyncio.get_running_loop().time() + self._settings.first_token_seconds
        tried: list[str] = []
        while True:
            replica = self._replicas.choose(tried)
            tried.append(replica.url)
            answer = _Answer(prompt, options)
            try:
                with self._replicas.working(replica):
                    async with aclosing(
                        self._pieces(replica, body, answer, self._first_limit(begun_by, tried))
                    ) as pieces:
                        async for piece in pieces:
                            yield piece
            except (LostError, FreshetError) as error:
                if answer.text.begun:
                    _log.warning("answer_interrupted", replica=replica.url, reason=str(error))
                    yield answer.usage("interrupted")
                    return
                if isinstance(error, FreshetError):
                    raise
                await self._wait_before_next(error, tried, begun_by)
            else:
                return

    def _first_limit(self, begun_by: float, tried: list[str]) -> float:
        """Until when this try must have said something: the whole time is shared with the replicas not asked yet."""
        now = asyncio.get_running_loop().time()
        left = len(self._replicas) - len(set(tried))
        return now + (begun_by - now) / (2 if left > 0 else 1)

    async def _wait_before_next(self, error: LostError, tried: list[str], begun_by: float) -> None:
        """Return when another try makes sense; else raise what the caller is to be told."""
        untouched = len(set(tried)) < len(self._replicas)
        wait = 0.0 if untouched else _FIRST_WAIT_SECONDS * 2 ** (len(tried) - 1) * (0.5 + self._jitter())
        left = begun_by - asyncio.get_running_loop().time() - wait
        if left <= 0 or len(tried) >= max(self._settings.tries, len(self._replicas)):
            raise error.final from None
        await asyncio.sleep(wait)

    async def _pieces(self, replica: Replica, body: bytes, answer: _Answer, first_by: float) -> AsyncGenerator[Piece]:
        """One try on one replica."""
        loop = asyncio.get_running_loop()
        seconds = first_by - loop.time()
        try:
            async with asyncio.timeout_at(first_by):
                response = await self._open(replica, body)
        except TimeoutError:
            raise too_slow("first", seconds) from None
        except httpx.HTTPError as error:
            raise lost_connection(error) from None
        events = EventReader()
        try:
            reads = response.aiter_bytes()
            while not answer.over:
                data = await self._read(reads, answer, first_by)
                text = "".join([answer.take(chunk) for chunk in events.feed(data)])
                if text:
                    self._replicas.answered(replica)
                    yield TextPiece(text)
            if answer.complete:
                await _drain(reads)
        finally:
            await response.aclose()
        if not answer.text.begun:
            raise UnavailableError(SERVICE, f"{SERVICE} gave an empty answer")
        yield answer.usage()

    async def _open(self, replica: Replica, body: bytes) -> httpx.Response:
        """The response, its body still to come."""
        request = self._client.build_request("POST", f"{replica.url}/chat/completions", content=body)
        response = await self._client.send(request, stream=True)
        if response.status_code == httpx.codes.OK:
            kind = response.headers.get("Content-Type", "")
            if kind.startswith("text/event-stream"):
                return response
            await response.aclose()
            raise other_form(kind or "no content type")
        try:
            said = await response.aread()
        finally:
            await response.aclose()
        raise refusal(response.status_code, said, response.headers.get("Retry-After", ""))

    async def _read(self, reads: AsyncIterator[bytes], answer: _Answer, first_by: float) -> bytes:
        """The next bytes, in time."""
        loop = asyncio.get_running_loop()
        by = loop.time() + self._settings.next_token_seconds if answer.spoken else first_by
        try:
            async with asyncio.timeout_at(by):
                return await anext(reads)
        except StopAsyncIteration:
            if answer.finished:
                answer.over = True
                return b""
            raise lost_connection(httpx.RemoteProtocolError("the stream ended in the middle")) from None
        except TimeoutError:
            raise too_slow("next" if answer.spoken else "first", self._settings.next_token_seconds) from None
        except httpx.HTTPError as error:
            raise lost_connection(error) from None

    async def count_tokens(self, messages: Sequence[Message]) -> TokenCount:
        """How many tokens `messages` are to the model, as its engine counts; an estimate where that cannot be asked."""
        with suppress(UnavailableError):
            counted = await ask_engine(self._client, self._replicas.choose().url, self.name, messages)
            if counted is not None:
                return counted
        return await estimated(messages)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


class _Answer:
    """What one try has said so far."""

    def __init__(self, prompt: Prompt, options: Generation) -> None:
        self._prompt_tokens = prompt.tokens
        self._max_tokens = options.max_tokens
        self.text = AnswerText()
        self.spoken = False
        self.over = False
        self.complete = False
        self._deltas = 0
        self._tokens_estimated = 0
        self._finish: FinishReason | None = None
        self._counts: Counts | None = None

    def take(self, chunk: Chunk) -> str:
        """What may be shown of it. Sets `over` at the end, or when the model neither stops nor says anything new."""
        if self.over:
            return ""
        self._counts = chunk.counts or self._counts
        if chunk.finish:
            self._finish = _FINISHES.get(chunk.finish, "stop")
        if chunk.done:
            self.over = self.complete = True
            return ""
        if not chunk.text:
            return ""
        self.spoken = True
        self._deltas += 1
        shown = self.text.feed(chunk.text)
        if self.text.repeats_itself():
            self._stop("repetition")
        elif self._deltas > self._max_tokens:  # every chunk holds a token at least: the engine ignores its limit
            self._stop("length")
        self._tokens_estimated += 0 if self._counts else estimate_tokens(shown)
        return shown

    @property
    def finished(self) -> bool:
        """Whether the engine said why the answer ended."""
        return self._finish is not None

    def _stop(self, reason: FinishReason) -> None:
        self.over = True
        self._finish = reason

    def usage(self, finish: FinishReason | None = None) -> Usage:
        """The engine's own counts, else estimates."""
        reason: FinishReason = finish or self._finish or "interrupted"
        if self._counts is None:
            return Usage(self._prompt_tokens, 0, self._tokens_estimated, reason)
        return Usage(self._counts.prompt, self._counts.cached, self._counts.completion, reason)


def open_client(settings: EngineSettings) -> httpx.AsyncClient:
    """A client that keeps connections open and sets no limit of its own on streams."""
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    if settings.api_key:
        headers["Authorization"] = f"Bearer {settings.api_key}"
    return httpx.AsyncClient(
        headers=headers,
        timeout=httpx.Timeout(None, connect=settings.connect_seconds),
        limits=httpx.Limits(max_keepalive_connections=256, keepalive_expiry=_KEPT_OPEN_SECONDS),
        trust_env=False,
    )


def request_body(model: str, prompt: Prompt, options: Generation) -> bytes:
    """The request; what only some engines understand is in it only where it is asked for."""
    body: dict[str, Any] = {
        "model": options.lora or model,
        "messages": [{"role": message.role, "content": message.text} for message in prompt.messages],
        "max_tokens": options.max_tokens,
        "temperature": options.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if options.priority:
        body["priority"] = options.priority
    if options.schema is not None:
        schema = {"name": "answer", "schema": dict(options.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return orjson.dumps(body)


async def _drain(reads: AsyncIterator[bytes]) -> None:
    """Read what follows the last event (nothing), so that the connection can be used again."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in reads:
                pass
    except (TimeoutError, httpx.HTTPError):
        return
