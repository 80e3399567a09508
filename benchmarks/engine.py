"""What our client costs on top of vLLM: the same questions through `VllmModel` and through bare httpx, in turns.

`python -m benchmarks.engine` starts a real vLLM on the CPU with a random model (deploy/vllm_cpu.py brings vLLM).
"""

from __future__ import annotations

import asyncio
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson

from benchmarks.table import DISTRIBUTION, Table, distribution, machine
from retrieval.engine import EngineSettings, VllmModel
from retrieval.engine.model import request_body
from retrieval.llm import Generation, TextPiece, Usage
from retrieval.prompt import Message, Prompt
from tests.product import Product
from tests.vllm_server import MODEL, VllmServer, vllm_python

STREAMS = (16, 64)
ROUNDS = 5
OPTIONS = Generation(max_tokens=64, temperature=1.0)
_TIMEOUT = httpx.Timeout(None)
_CONTENT = re.compile(rb'"delta":\{"content":"((?:[^"\\]|\\.)*)"')
_PREFILL_TOKENS = "8192"
"""All prompts of a round fit one prefill: else the median tells on which side of its edge a stream fell."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """One answer: seconds to its first text, and its tokens as the engine counted them."""

    first_seconds: float
    tokens: int


Ask = Callable[[Prompt], Awaitable[Streamed]]


def run(_product: Product | None = None) -> list[Table]:
    """Tokens per second and time to first token, for 16 and for 64 streams at once."""
    python = vllm_python()
    if python is None:
        return [Table("Engine: not measured, no vLLM for the CPU (python deploy/vllm_cpu.py)", ("what",))]
    with tempfile.TemporaryDirectory() as folder:
        many = str(max(STREAMS))
        room = ("--max-num-queued-reqs", str(4 * max(STREAMS)), "--max-num-batched-tokens", _PREFILL_TOKENS)
        server = VllmServer(python, Path(folder), "--max-num-seqs", many, *room)
        server.ensure()
        try:
            return [asyncio.run(_measured(server.url)), _cancelled(server)]
        finally:
            server.kill()


def _cancelled(server: VllmServer) -> Table:
    """From closing the stream to an engine that runs nothing, as its own metrics say."""
    seconds = [asyncio.run(_closed(server)) for _ in range(20)]
    table = Table("Cancellation: stream closed → nothing runs in vLLM's metrics", DISTRIBUTION)
    table.rows.append(distribution("cancelled", seconds))
    return table


async def _closed(server: VllmServer) -> float:
    model = VllmModel(EngineSettings((server.url,), MODEL, first_token_seconds=60))
    async with aclosing(model.stream(_prompt(0), Generation(max_tokens=1500, temperature=1.0))) as pieces:
        await anext(pieces)
    began = time.perf_counter()
    while await asyncio.to_thread(server.running):
        pass
    await model.aclose()
    return time.perf_counter() - began


async def _measured(url: str) -> Table:
    heads = ("streams", "through", "tokens/s", "ratio", "first token p50 s", "added p50 ms", "p99 s")
    table = Table(
        f"Engine: VllmModel against bare httpx, {OPTIONS.max_tokens} tokens each, {ROUNDS} rounds in turns", heads
    )
    model = VllmModel(EngineSettings((url,), MODEL, first_token_seconds=120, next_token_seconds=60))
    async with httpx.AsyncClient(
        timeout=_TIMEOUT, limits=httpx.Limits(max_connections=None), trust_env=False
    ) as client:
        asks: dict[str, Ask] = {
            "httpx": lambda prompt: _bare(client, url, prompt),
            "VllmModel": lambda prompt: _ours(model, prompt),
        }
        for streams in STREAMS:
            rates: dict[str, list[float]] = {name: [] for name in asks}
            firsts: dict[str, list[float]] = {name: [] for name in asks}
            await _at_once(asks["httpx"], streams, -1)
            for number in range(ROUNDS):
                for name in sorted(asks, reverse=number % 2 == 1):
                    began = time.perf_counter()
                    answers = await _at_once(asks[name], streams, number)
                    rates[name].append(sum(one.tokens for one in answers) / (time.perf_counter() - began))
                    firsts[name] += [one.first_seconds for one in answers]
            bare_rate, bare_first = statistics.median(rates["httpx"]), statistics.median(firsts["httpx"])
            for name in asks:
                rate, first = statistics.median(rates[name]), statistics.median(firsts[name])
                late = statistics.quantiles(firsts[name], n=100)[98]
                table.rows.append([streams, name, rate, rate / bare_rate, first, (first - bare_first) * 1000, late])
    await model.aclose()
    return table


async def _at_once(ask: Ask, streams: int, number: int) -> Sequence[Streamed]:
    return await asyncio.gather(*(ask(_prompt(number * streams + at)) for at in range(streams)))


def _prompt(number: int) -> Prompt:
    messages = (
        Message("system", "You answer questions about pumps from numbered sources, with [n] after each claim."),
        Message(
            "user", f"<source>The pump of series {number} carries a warranty of 24 months.</source> How long is it?"
        ),
    )
    return Prompt("answer/en/1", messages, "", "en", (), 60)


async def _ours(model: VllmModel, prompt: Prompt) -> Streamed:
    began = time.perf_counter()
    first, tokens = 0.0, 0
    async with aclosing(model.stream(prompt, OPTIONS)) as pieces:
        async for piece in pieces:
            if isinstance(piece, TextPiece):
                first = first or time.perf_counter() - began
            elif isinstance(piece, Usage):
                tokens = piece.completion_tokens
    return Streamed(first, tokens)


def _can_be_shown(written: bytes) -> bool:
    """Whether a delta holds more than blanks and halves of characters, which a random model is full of."""
    return bool(str(orjson.loads(b'"' + written + b'"')).strip().strip("\ufffd"))


async def _bare(client: httpx.AsyncClient, url: str, prompt: Prompt) -> Streamed:
    """As little as a client can do: it looks for the first text that can be shown and for the count at the end."""
    began = time.perf_counter()
    first, last = 0.0, b""
    body = request_body(MODEL, prompt, OPTIONS)
    headers = {"Content-Type": "application/json"}
    async with client.stream("POST", f"{url}/chat/completions", content=body, headers=headers) as response:
        reads: AsyncIterator[bytes] = response.aiter_raw()
        async for data in reads:
            if not first and any(_can_be_shown(match[1]) for match in _CONTENT.finditer(data)):
                first = time.perf_counter() - began
            if b'"completion_tokens":' in data:
                last = data
    return Streamed(first, int(last.split(b'"completion_tokens":')[1].split(b",")[0].split(b"}")[0]))


if __name__ == "__main__":
    print(machine(), "", *run(), sep="\n")
