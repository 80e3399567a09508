from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import redis.asyncio
import yaml

from app.local.part import Part
from app.local.parts import infrastructure, service_parts
from app.local.parts.flink import configuration
from app.local.runner import Runner
from app.local.status import EXTERNAL, part_statuses
from app.local.supervisor import State
from app.settings import Settings, load_settings
from tests.app.local.fakes import free_port, until


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    ports = {name: free_port() for name in Settings.model_fields if name.endswith("port")}
    return load_settings(freshet_home=tmp_path_factory.mktemp("home"), **ports)


def all_parts(settings: Settings) -> list[Part]:
    return [*infrastructure(settings, frozenset(EXTERNAL)), *service_parts(settings)]


@pytest.fixture(scope="module")
async def runner(settings: Settings) -> AsyncIterator[Runner]:
    chosen = [part for part in all_parts(settings) if part.name in {"postgres", "valkey"}]
    running = Runner(chosen, settings.freshet_home)
    try:
        await running.start()
        yield running
    finally:
        await running.stop()


def test_a_part_whose_address_is_given_is_left_out(settings: Settings) -> None:
    names = {part.name for part in infrastructure(settings, frozenset(EXTERNAL) - {"redis_url", "flink_rest_url"})}
    assert names == {"postgres", "kafka", "connect", "milvus", "embeddings"}


def test_every_port_belongs_to_a_setting_and_listens_on_loopback(settings: Settings) -> None:
    for part in all_parts(settings):
        for port in part.ports:
            assert getattr(settings, port.setting) in {port.number, port.number - 1}, part.name
            assert port.host == "127.0.0.1"


def test_no_command_line_shows_a_secret(settings: Settings) -> None:
    secrets = [
        value.get_secret_value().rsplit("@", 1)[0].rsplit(":", 1)[-1]
        for value in (settings.database_url, settings.redis_url, settings.secret_key)
        if value is not None
    ]
    assert all(len(secret) > 20 for secret in secrets)
    for part in all_parts(settings):
        assert not [secret for secret in secrets if any(secret in word for word in part.command)], part.name


def test_flinks_configuration_keeps_what_its_clients_need(settings: Settings) -> None:
    tree = yaml.safe_load(yaml.safe_dump(configuration(settings)))
    assert "--add-opens=java.base/java.util=ALL-UNNAMED" in tree["env"]["java"]["opts"]["all"]
    assert tree["rest"]["port"] == settings.flink_port
    assert tree["execution"]["checkpointing"]["externalized-checkpoint-retention"] == "RETAIN_ON_CANCELLATION"


async def test_postgres_is_ready_for_logical_replication_and_wants_its_password(
    runner: Runner, settings: Settings
) -> None:
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url) as connection:
        shown = await (await connection.execute("SHOW wal_level")).fetchone()
    assert shown == ("logical",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        await psycopg.AsyncConnection.connect(url, password="guessed")


async def test_valkey_evicts_nothing_writes_everything_down_and_wants_its_password(
    runner: Runner, settings: Settings
) -> None:
    assert settings.redis_url is not None
    client = redis.asyncio.Redis.from_url(settings.redis_url.get_secret_value())
    try:
        assert (await client.config_get("maxmemory-policy"))["maxmemory-policy"] == "noeviction"
        assert (await client.config_get("appendonly"))["appendonly"] == "yes"
    finally:
        await client.aclose()
    stranger = redis.asyncio.Redis(port=settings.valkey_port)
    try:
        with pytest.raises(redis.asyncio.RedisError, match="Authentication required"):
            await stranger.ping()
    finally:
        await stranger.aclose()


async def test_what_was_committed_is_there_after_a_kill(runner: Runner, settings: Settings) -> None:
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    supervisor = runner.supervisors["postgres"]
    assert supervisor.record is not None
    os.kill(supervisor.record.pid, signal.SIGKILL)
    await until(lambda: supervisor.restarts > 0 and supervisor.state is State.RUNNING, seconds=60)
    async with await psycopg.AsyncConnection.connect(url) as connection:
        assert await (await connection.execute("SELECT answer FROM kept")).fetchone() == (42,)


async def test_status_tells_running_parts_from_those_that_are_down(runner: Runner, settings: Settings) -> None:
    found = {status.name: status for status in await part_statuses(settings)}
    assert found["valkey"].state == "running"
    assert found["valkey"].pid is not None
    assert (found["valkey"].memory_bytes or 0) > 1_000_000
    assert found["kafka"].state == "down"
    assert found["kafka"].pid is None


def test_the_home_of_postgres_lies_where_only_its_owner_reads(runner: Runner, settings: Settings) -> None:
    cluster = settings.freshet_home / "data" / "postgres"
    assert cluster.stat().st_mode & 0o077 == 0
    assert Path(settings.freshet_home / "data" / "valkey" / "valkey.conf").stat().st_mode & 0o077 == 0
