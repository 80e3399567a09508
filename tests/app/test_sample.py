"""The sample's files fit together, and the loader fits the API."""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import zipfile
from pathlib import Path

import httpx
import pytest
import re2
import sqlglot
import yaml
from pydantic import SecretStr
from sqlalchemy import text
from sqlglot import expressions

from app.sample import (
    SAMPLES,
    SOURCES,
    SampleDocument,
    apply_contracts,
    copy_logs,
    log_folder,
    read_manifest,
    sample_contract,
    upload_documents,
)
from app.sample_database import SYSTEMS, create_databases, sample_address
from app.settings import Settings
from ingestion.sources.contract import environment_names, read_contract
from ingestion.sources.model import DatabaseOrigin, LogOrigin
from ingestion.sources.queries import read_query
from retrieval.access import check_principal
from tests.app.conftest import Api


@pytest.fixture(scope="module")
def tables(database_url: str) -> dict[str, dict[str, set[str]]]:
    """System → table → columns, as the loaded databases have them."""
    import psycopg

    create_databases(database_url, SAMPLES)
    found: dict[str, dict[str, set[str]]] = {}
    for system in SYSTEMS:
        with psycopg.connect(sample_address(database_url, f"sample_{system}")) as connection:
            for table, column in connection.execute(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            ):
                found.setdefault(system, {}).setdefault(table, set()).add(column)
    return found


def _settings(home: Path) -> Settings:
    return Settings(
        freshet_home=home, database_url=SecretStr("postgresql://a:b@db.example:6543/c"), secret_key=SecretStr("x")
    )


def test_manifest_names_every_document_once_and_nothing_else() -> None:
    there = {path.relative_to(SAMPLES / "documents").as_posix() for path in (SAMPLES / "documents").rglob("*.*")}
    assert sorted(document.file for document in read_manifest()) == sorted(there)


def test_manifest_holds_both_languages_and_every_kind_of_reader() -> None:
    documents = read_manifest()
    assert {document.language for document in documents} == {"en", "zh"}
    readers = {reader for document in documents for reader in document.readers}
    assert {"public", "employees", "service", "finance", "hr", "sales"} <= readers
    assert any(reader.startswith("user:") for reader in readers)
    assert all(check_principal(reader) == reader for reader in readers)


def test_documents_are_small() -> None:
    assert max((SAMPLES / "documents" / document.file).stat().st_size for document in read_manifest()) < 100_000


def test_binary_documents_are_what_the_script_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SAMPLES))
    made: dict[str, bytes] = importlib.import_module("make_documents").make_all(None)
    pictures = {name for name in made if name.endswith(".png") or "scan" in name}
    for name in made.keys() - pictures:
        assert _content(made[name]) == _content((SAMPLES / "documents" / name).read_bytes()), name


def _content(data: bytes) -> object:
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", SOURCES)
def test_contract_reads_without_a_complaint_and_needs_nothing_from_outside(name: str, tmp_path: Path) -> None:
    contract = read_contract(sample_contract(name, _settings(tmp_path)))
    assert contract.source == name
    assert list(environment_names(contract)) == []


@pytest.mark.parametrize("name", SOURCES)
def test_every_placeholder_is_a_column_of_its_query(name: str, tmp_path: Path) -> None:
    for rule in read_contract(sample_contract(name, _settings(tmp_path))).documents:
        shape = read_query(rule.sql)
        assert shape is not None
        assert shape.columns is not None
        assert {column for used in rule.used_columns().values() for column in used} <= set(shape.columns), rule.kind


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_column_a_query_names_is_in_the_database(name: str, tables: dict[str, dict[str, set[str]]]) -> None:
    known = tables[name]
    contract = yaml.safe_load((SAMPLES / "sources" / f"{name}.yaml").read_text(encoding="utf-8"))
    for document in contract["documents"]:
        query = sqlglot.parse_one(document["sql"], dialect="spark")
        aliases = {table.alias_or_name: known[table.name] for table in query.find_all(expressions.Table)}
        anywhere = set().union(*aliases.values())
        for column in query.find_all(expressions.Column):
            if not column.table:
                assert column.name in anywhere, f"{document['kind']}: {column.name}"
            elif column.table in aliases:
                assert column.name in aliases[column.table], f"{document['kind']}: {column.table}.{column.name}"


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_table_followed_is_in_the_database(
    name: str, tables: dict[str, dict[str, set[str]]], tmp_path: Path
) -> None:
    origin = read_contract(sample_contract(name, _settings(tmp_path))).origin
    assert isinstance(origin, DatabaseOrigin)
    assert {table.table for table in origin.tables} == set(tables[name])


@pytest.mark.parametrize(("name", "log"), [("machines", "machines.jsonl"), ("shop_log", "shop.log")])
def test_every_log_line_is_read_by_its_contract(name: str, log: str, tmp_path: Path) -> None:
    origin = read_contract(sample_contract(name, _settings(tmp_path))).origin
    assert isinstance(origin, LogOrigin)
    columns = {column.name for column in origin.lines.columns}
    lines = (SAMPLES / "logs" / log).read_text(encoding="utf-8").splitlines()
    assert len(lines) > 50
    for line in lines:
        if origin.lines.kind == "json":
            assert json.loads(line).keys() == columns
        else:
            found = re2.fullmatch(origin.lines.pattern, line)
            assert found is not None, line
            assert found.groupdict().keys() == columns


def test_logs_are_copied_once_and_what_was_appended_stays(tmp_path: Path) -> None:
    copy_logs(tmp_path)
    with (log_folder(tmp_path) / "shop.log").open("a", encoding="utf-8") as file:
        file.write("appended\n")
    copy_logs(tmp_path)
    assert (log_folder(tmp_path) / "shop.log").read_text(encoding="utf-8").endswith("appended\n")
    assert {path.name for path in log_folder(tmp_path).iterdir()} == {"machines.jsonl", "shop.log"}


class _Bridge(httpx.BaseTransport):
    """A synchronous client's way to the API that runs on the test's event loop."""

    def __init__(self, api: Api, loop: asyncio.AbstractEventLoop) -> None:
        self._api = api
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {**dict(request.headers), "authorization": f"Bearer {self._api.token('admin')}"}
        sent = self._api.client.request(request.method, str(request.url), content=request.read(), headers=headers)
        answer = asyncio.run_coroutine_threadsafe(sent, self._loop).result(60)
        return httpx.Response(answer.status_code, content=answer.content)


@pytest.fixture
async def client(api: Api) -> httpx.Client:
    return httpx.Client(transport=_Bridge(api, asyncio.get_running_loop()), base_url=str(api.client.base_url))


async def test_contracts_are_taken_by_the_api_and_again_change_nothing(
    api: Api, client: httpx.Client, tmp_path: Path
) -> None:
    for _ in range(2):
        await asyncio.to_thread(apply_contracts, client, _settings(tmp_path))
    with api.engine.begin() as connection:
        rows = connection.execute(text("SELECT name, generation, contract FROM sources ORDER BY name")).all()
    assert [row.name for row in rows] == sorted(SOURCES)
    assert {row.generation for row in rows} == {1}
    assert not any("${" in row.contract for row in rows)


async def test_documents_are_taken_by_the_api_with_their_readers_and_again_change_nothing(
    api: Api, client: httpx.Client
) -> None:
    documents = read_manifest()
    assert await asyncio.to_thread(upload_documents, client, documents) == len(documents)
    with api.engine.begin() as connection:
        rows = connection.execute(text("SELECT key, readers, title FROM uploads")).all()
    assert {row.key: SampleDocument(row.key, (), "", row.title) for row in rows} == {
        document.file: SampleDocument(document.file, (), "", document.title) for document in documents
    }
    assert {row.key: set(row.readers) for row in rows} == {one.file: set(one.readers) for one in documents}
    asked = len(api.queue.sent)
    await asyncio.to_thread(upload_documents, client, documents, "another attempt")
    assert len(api.queue.sent) == asked == len(documents)
