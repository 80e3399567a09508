"""The API: every client is built here, once. `python -m app.main` serves it.

Starting never waits for a service: each client connects when it is first used, `/readyz` names what is missing.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import Depends, FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app import api_docs, errors, health, pages, search
from app.admin import (
    cleaning_packs,
    dead_letter_changes,
    dead_letters,
    document_pages,
    document_parts,
    documents,
    pack_versions,
    records,
    resumable,
    rule_trials,
    rules,
    source_controls,
    source_names,
    sources,
    system,
    turns,
    uploading,
)
from app.admin.contract_checks import ContractChecks
from app.admin.search_clients import SearchClients
from app.admin.services import ActiveIndex, Services
from app.auth import authorise
from app.chat import agent_live_routes, agents, completions, conversation_routes, embeddings, live_routes, routes
from app.chat.wiring import wire_chat
from app.health import Check
from app.identity import audit_routes, group_routes, key_routes, oidc_routes, session_routes, site_routes, user_routes
from app.identity.wiring import wire_identity
from app.local.status import part_statuses
from app.logs import configure_logs
from app.metrics import Metrics
from app.middleware import AroundRequests
from app.settings import Settings, contract_environment, load_settings
from app.tracing import flush_traces, request_spans, start_tracing
from app.widget import routes as widget_routes
from app.widget.cors import WidgetOrigins
from ingestion.database import async_url, sync_url
from ingestion.knowledge import KnowledgePublisher
from ingestion.originals import Originals
from ingestion.parse_queue import ParseQueue
from ingestion.publishing import EffectivePublisher
from ingestion.sources.check import Surroundings
from ingestion.sources.submission import Submitter
from retrieval.errors import UnavailableError

_MEGABYTE = 1024 * 1024
_ROUTERS = (
    *(routes, conversation_routes, completions, embeddings, agents, search, uploading, documents, records, sources),
    *(document_pages, source_names, dead_letters, cleaning_packs, rules, health, api_docs, pages),
    *(document_parts, resumable, source_controls, dead_letter_changes, pack_versions, system),
    *(live_routes, agent_live_routes, widget_routes),
    *(rule_trials, turns),
    *(session_routes, oidc_routes, user_routes, group_routes, key_routes, site_routes, audit_routes),
)


@dataclass(frozen=True, slots=True)
class Wiring:
    """The clients of one running service, and how to ask each service whether it is ready."""

    services: Services
    checks: Mapping[str, Check]


Wire = Callable[[Settings, Metrics, AsyncExitStack], Awaitable[Wiring]]
"""Builds the clients; what must be closed at the end is pushed on the stack."""


def create_app(settings: Settings, wire: Wire | None = None) -> FastAPI:
    """The application; `wire` replaces the real clients in tests."""
    metrics = Metrics()
    provider = start_tracing(settings.otel_exporter_otlp_endpoint, "freshet-api")
    build = wire or wire_clients

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(asyncio.to_thread, flush_traces)
            wiring = await build(settings, metrics, stack)
            app.state.services = wiring.services
            app.state.search_index = wiring.services.index
            app.state.checks = wiring.checks
            services = wiring.services
            app.state.identity = await wire_identity(settings, services.engine, services.redis, stack)
            app.state.chat = await wire_chat(settings, wiring.services, stack)
            yield

    app = FastAPI(
        title="Freshet",
        version=health.product_version(),
        description="Enterprise knowledge assistant whose answers are as fresh as the systems they come from.",
        lifespan=lifespan,
        dependencies=[Depends(authorise)],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        telemetry=request_spans(provider),
    )
    app.state.metrics = metrics
    errors.install(app)
    limits = {
        ("POST", "/v1/documents:"): _MEGABYTE,
        ("POST", "/v1/documents"): (settings.max_file_size_mb + 2) * _MEGABYTE,
        ("PATCH", "/v1/uploads/"): resumable.PIECE_BYTES,
        ("POST", "/v1/records/"): records.BATCH_BODY_BYTES,
        ("PUT", "/v1/records/"): records.RECORD_BODY_BYTES,
    }
    app.add_middleware(AroundRequests, metrics=metrics, limits=limits)
    app.add_middleware(WidgetOrigins)
    for module in _ROUTERS:
        app.include_router(module.router)
    return app


async def wire_clients(settings: Settings, metrics: Metrics, stack: AsyncExitStack) -> Wiring:
    """The real clients, at the addresses of `settings`."""
    engine = create_async_engine(
        async_url(_text(settings.database_url)), pool_size=10, max_overflow=20, pool_timeout=5, pool_pre_ping=False
    )
    stack.push_async_callback(engine.dispose)
    ledger_engine = create_engine(sync_url(_text(settings.database_url)), pool_size=4, max_overflow=12, pool_timeout=5)
    stack.callback(ledger_engine.dispose)
    redis: Redis = Redis.from_url(_text(settings.redis_url), socket_connect_timeout=2)
    stack.push_async_callback(redis.aclose)
    clients = await stack.enter_async_context(SearchClients(settings))
    reads = engine.execution_options(isolation_level="AUTOCOMMIT")
    publisher = EffectivePublisher(KnowledgePublisher(str(settings.kafka_bootstrap_servers)), ledger_engine)
    services = Services(
        engine=engine,
        reads=reads,
        redis=redis,
        originals=Originals(str(settings.storage_url)),
        queue=ParseQueue(_text(settings.redis_url)),
        publisher=publisher,
        index=ActiveIndex(reads, clients.search_over),
        metrics=metrics,
        max_file_bytes=settings.max_file_size_mb * _MEGABYTE,
        check_contract=_contract_checks(settings, stack),
        parts=lambda: part_statuses(settings),
    )
    checks = {
        "postgres": lambda: _ask_postgres(reads),
        "redis": lambda: _ask_redis(redis),
        "kafka": lambda: _ask_kafka(str(settings.kafka_bootstrap_servers)),
        "milvus": clients.ask_milvus,
        "embeddings": clients.ask_embeddings,
    }
    return Wiring(services, checks)


def _contract_checks(settings: Settings, stack: AsyncExitStack) -> ContractChecks:
    """Contracts are tried as `freshet sources check` does; Flink's client starts with the first one."""
    from app.controller import FLINK_CLIENT, client_environment, private_folders

    surroundings = Surroundings(
        contract_environment(), str(settings.kafka_bootstrap_servers), private_folders(settings)
    )
    submitter = Submitter(FLINK_CLIENT, client_environment())
    stack.push_async_callback(asyncio.to_thread, submitter.close)
    return ContractChecks(surroundings, submitter)


async def _ask_postgres(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1 FROM ledger LIMIT 1"))


async def _ask_redis(redis: Redis) -> None:
    await redis.ping()


async def _ask_kafka(bootstrap_servers: str) -> None:
    """Kafka's answer needs a client of its own: the producer's metadata may be a memory of better days."""
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    def ask() -> None:
        try:
            AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0}).list_topics(timeout=1.5)
        except KafkaException as error:
            raise UnavailableError("Kafka", f"does not answer ({error.args[0].str()})") from None

    await asyncio.to_thread(ask)


def _text(value: SecretStr | None) -> str:
    if value is None:
        raise ValueError("settings come from load_settings(), which leaves no address out")
    return value.get_secret_value()


def _keep_loaded() -> None:
    """Never look again for garbage in what is loaded by now: that would stop every answer for a fifth of a second."""
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serve until told to stop; the log goes to standard error."""
    import uvicorn

    settings = load_settings()
    configure_logs(settings.log_level)
    app = create_app(settings)
    _keep_loaded()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=8,
    )


if __name__ == "__main__":
    main()
