"""Ingest against the bare embedder, search against its raw components, memory and start times."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence

import httpx
from pymilvus import AnnSearchRequest, MilvusClient, RRFRanker

from benchmarks.table import DISTRIBUTION, Table, distribution
from retrieval.terms import terms
from tests.product import Product, wait_until

INGEST_TEXTS = 1500
SEARCH_CHUNKS = 10_000
SEARCHES = 300
_ENGLISH_SCRAP = """
boiler pump valve gasket grinder steam pressure filter water heater sensor display cable warranty service part
order customer delivery invoice repair cleaning descaling temperature setting error code machine coffee milk cup
handle drip tray lever button screen timer thermostat switch hose fitting seal spring screw bracket panel housing
motor burr dose
"""
_CHINESE_SCRAP = """
锅炉 水泵 阀门 密封圈 磨豆机 蒸汽 压力 滤芯 加热器 传感器 显示屏 保修 服务 配件 订单 客户 发货 发票 维修 清洗 除垢 温度
"""
_WORDS = _ENGLISH_SCRAP.split()
_CHINESE = _CHINESE_SCRAP.split()


def texts(count: int, words: int, seed: int) -> list[str]:
    """Reproducible made-up texts, every fourth one Chinese."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        if number % 4 == 3:
            body = "，".join("".join(chance.choices(_CHINESE, k=4)) for _ in range(words // 6))
        else:
            body = ". ".join(" ".join(chance.choices(_WORDS, k=12)) for _ in range(max(1, words // 12)))
        made.append(f"Item {seed}-{number:06d}: {body}.")
    return made


def ingest(product: Product) -> list[Table]:
    """Texts of about 170 tokens: pushed until they are shown, against the bare embedder on the same texts."""
    bodies = texts(INGEST_TEXTS, 120, 1)
    bare_before = _embed_all(product, bodies[: INGEST_TEXTS // 3])
    pushed = _push(product, "bench_ingest", bodies)
    bare_after = _embed_all(product, bodies[-INGEST_TEXTS // 3 :])
    bare = (bare_before + bare_after) / 2
    table = Table("Ingest, texts of about 170 tokens", ("what", "texts/s", "ratio"))
    table.rows += [
        ["bare embedding server, batches of 64", bare, 1.0],
        ["pushed, cleaned, indexed, shown", pushed, pushed / bare],
    ]
    return [table]


def search(product: Product) -> list[Table]:
    """`POST /v1/search` against query embedding plus Milvus's own hybrid search, in turn, on 10,000 chunks."""
    _push(product, "bench_search", texts(SEARCH_CHUNKS, 30, 2))
    questions = [" ".join(random.Random(number).choices(_WORDS, k=6)) + "?" for number in range(SEARCHES)]
    whole, raw = [], []
    with product.client("bench", tenant="bench") as client, _embeddings(product) as embedder:
        milvus = MilvusClient(f"http://127.0.0.1:{product.environment['MILVUS_PORT']}")
        collection = json.loads(product.command("verify", "--json", check=False).stdout)["index"]
        for question in questions:
            began = time.perf_counter()
            client.post("/v1/search", json={"query": question}).raise_for_status()
            whole.append(time.perf_counter() - began)
            began = time.perf_counter()
            _raw_search(milvus, collection, embedder, question)
            raw.append(time.perf_counter() - began)
    table = Table("Search on 10,000 chunks", (*DISTRIBUTION, "p50 ratio"))
    first, second = distribution("/v1/search", whole[20:]), distribution("embedding + Milvus hybrid", raw[20:])
    table.rows += [[*first, float(str(first[2])) / float(str(second[2]))], [*second, 1.0]]
    return [table]


def memory(product: Product) -> list[Table]:
    """Proportional set size of every part, idle."""
    time.sleep(20)
    status = json.loads(product.command("status", "--json", check=False).stdout)
    table = Table("Memory of the whole product, idle", ("part", "PSS MB"))
    for part in status["parts"]:
        table.rows.append([part["name"], round((part.get("memory_bytes") or 0) / 2**20)])
    table.rows.append(["total", sum(int(str(row[1])) for row in table.rows)])
    return [table]


def _push(product: Product, source: str, bodies: Sequence[str]) -> float:
    """Push records and wait until all are shown; texts per second."""
    with product.client("bench", roles=["editor"], tenant="bench") as client, product.database("freshet") as database:
        began = time.perf_counter()
        for start in range(0, len(bodies), 500):
            records = [
                {"key": f"{start + number}", "title": body[:20], "text": body, "readers": ["public"]}
                for number, body in enumerate(bodies[start : start + 500])
            ]
            client.post(f"/v1/records/{source}:batch", json={"records": records}).raise_for_status()
        query = "SELECT count(*) FROM ledger WHERE tenant = 'bench' AND source = %s AND index_version > 0"

        def shown() -> bool:
            time.sleep(0.2)
            row = database.execute(query, [source]).fetchone()
            return row is not None and row[0] >= len(bodies)

        wait_until(shown, 1800, f"{len(bodies)} texts of {source}")
        return len(bodies) / (time.perf_counter() - began)


def _embeddings(product: Product) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{product.environment['EMBEDDINGS_PORT']}", timeout=120)


def _embed(client: httpx.Client, inputs: Sequence[str]) -> list[list[float]]:
    body = {"model": "multilingual-e5-small", "input": list(inputs)}
    answer = client.post("/v1/embeddings", json=body).raise_for_status().json()
    return [one["embedding"] for one in answer["data"]]


def _embed_all(product: Product, bodies: Sequence[str]) -> float:
    with _embeddings(product) as client:
        began = time.perf_counter()
        for start in range(0, len(bodies), 64):
            _embed(client, [f"passage: {body}" for body in bodies[start : start + 64]])
        return len(bodies) / (time.perf_counter() - began)


def _raw_search(milvus: MilvusClient, collection: str, embedder: httpx.Client, question: str) -> None:
    [vector] = _embed(embedder, [f"query: {question}"])
    narrowed = 'tenant == "bench" and array_contains_any(readers, ["public"])'
    wanted = [
        AnnSearchRequest([vector], "dense", {"metric_type": "COSINE"}, 100, expr=narrowed),
        AnnSearchRequest([terms(question)], "sparse", {"metric_type": "BM25"}, 100, expr=narrowed),
    ]
    milvus.hybrid_search(collection, wanted, RRFRanker(), limit=100, output_fields=["text", "document_id"])
