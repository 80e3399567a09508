"""Answers through `/v1/chat`: how fresh they are, how long they take, and where the time goes."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from benchmarks.engine import STREAMS
from benchmarks.table import DISTRIBUTION, Table, distribution
from tests.product import Product, wait_until
from tests.retrieval.conftest import free_port
from tests.vllm_server import MODEL, VllmServer, vllm_python

CHANGES = 60
QUESTION = "What does the Piccola cost?"
_PRICE = """
UPDATE prices SET amount = %s WHERE currency = 'EUR' AND valid_to IS NULL
AND product_id = (SELECT id FROM products WHERE sku = 'TB-100')
"""
_ASKED = (
    "What does the Piccola cost?",
    "How do I descale the machine?",
    "How long is the warranty on the Meister 3?",
    "How many Aurora are in stock in Hamburg?",
)


def run(product: Product) -> list[Table]:
    """Freshness of answers, turns one by one, and many at once with and without an engine."""
    tables = [_fresh(product), _one_by_one(product), _at_once(product, product.url, "quoting model")]
    python = vllm_python()
    if python is None:
        return [*tables, Table("Answers with vLLM: not measured, no vLLM for the CPU", ("what",))]
    with tempfile.TemporaryDirectory() as folder:
        many = str(max(STREAMS))
        engine = VllmServer(
            python, Path(folder), "--max-num-seqs", many, "--max-num-queued-reqs", str(4 * max(STREAMS))
        )
        engine.ensure()
        port = str(free_port())
        more = {"PORT": port, "OPENAI_API_BASE_URL": engine.url, "LLM_MODEL": MODEL, "ANSWER_TOKENS": "64"}
        more["PROMPT_TOKENS"] = "1500"
        api = subprocess.Popen(
            [sys.executable, "-m", "app.main"], env={**product.environment, **more},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: _is_up(url), 60, "the second API")
            tables.append(_at_once(product, url, "vLLM on the CPU, random model"))
        finally:
            api.terminate()
            api.wait(20)
            engine.kill()
    return tables


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _fresh(product: Product) -> Table:
    """From the commit of a price with psql to the first answer that states it."""
    seconds = []
    with product.database("sample_erp") as erp, product.client("ada", ["employees"], ["employee"]) as client:
        for number in range(CHANGES):
            price = f"{700 + number}.35"
            erp.execute(_PRICE, [price])
            began = time.perf_counter()
            wait_until(lambda price=price: price in _done(client, QUESTION)["answer"], 30, f"the price {price}")  # type: ignore[misc]
            seconds.append(time.perf_counter() - began)
        erp.execute(_PRICE, [649.00])
    table = Table("Freshness of answers: a price changed with psql, asked for without a pause", DISTRIBUTION)
    table.rows.append(distribution("commit → cited in an answer", seconds))
    return table


def _done(client: httpx.Client, question: str) -> dict[str, Any]:
    done: dict[str, Any] = client.post("/v1/chat", json={"message": question}).raise_for_status().json()
    return done


def _one_by_one(product: Product) -> Table:
    seconds = []
    with product.client("ada", ["employees"], ["employee"]) as client:
        for number in range(80):
            began = time.perf_counter()
            _done(client, _ASKED[number % len(_ASKED)])
            seconds.append(time.perf_counter() - began)
    table = Table("A turn without a language model, one after another", DISTRIBUTION)
    table.rows.append(distribution("POST /v1/chat", seconds))
    return table


def _at_once(product: Product, url: str, through: str) -> Table:
    """Streams at once; the stages are what Prometheus was told about these turns."""
    heads = ("streams", "turns/s", "turn p50 s", "search p50 s", "evidence p50 s", "prompt → first token p50 s")
    table = Table(f"Turns at once through /v1/chat, {through}", heads)
    token = product.token("ada", ["employees"], ["employee"])
    for streams in STREAMS:
        asyncio.run(_turns(url, token, streams))
        before = _stages(url)
        began = time.perf_counter()
        seconds = asyncio.run(_turns(url, token, 3 * streams, at_once=streams))
        took = time.perf_counter() - began
        after = _stages(url)
        median = [_median(before, after, name) for name in ("search", "confidence", "first")]
        table.rows.append([streams, 3 * streams / took, statistics.median(seconds), *median])
    table.notes.append("Stages are medians by the upper bounds of Prometheus' buckets.")
    return table


async def _turns(url: str, token: str, count: int, at_once: int = 0) -> Sequence[float]:
    gate = asyncio.Semaphore(at_once or count)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=300, trust_env=False, limits=limits) as client:

        async def one(number: int) -> float:
            async with gate:
                began = time.perf_counter()
                response = await client.post("/v1/chat", json={"message": _ASKED[number % len(_ASKED)]})
                response.raise_for_status()
                return time.perf_counter() - began

        return await asyncio.gather(*(one(number) for number in range(count)))


def _stages(url: str) -> dict[str, dict[float, float]]:
    """Cumulative counts by upper bound, of each stage."""
    found: dict[str, dict[float, float]] = {"search": {}, "confidence": {}, "first": {}}
    for line in httpx.get(f"{url}/metrics", timeout=20).text.splitlines():
        for name, start in (
            ("search", 'freshet_turn_stage_seconds_bucket{le="'),
            ("confidence", 'freshet_turn_stage_seconds_bucket{le="'),
            ("first", 'freshet_first_token_seconds_bucket{le="'),
        ):
            if line.startswith(start) and (name == "first" or f'stage="{name}"' in line):
                bound = float(line.removeprefix(start).split('"')[0].replace("+Inf", "inf"))
                found[name][bound] = found[name].get(bound, 0.0) + float(line.rsplit(" ", 1)[1])
    return found


def _median(before: dict[str, dict[float, float]], after: dict[str, dict[float, float]], name: str) -> float:
    counts = {bound: count - before[name].get(bound, 0.0) for bound, count in sorted(after[name].items())}
    total = max(counts.values(), default=0.0)
    return next((bound for bound, count in counts.items() if total and count >= total / 2), 0.0)
