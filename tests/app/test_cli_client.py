"""The command line against the real HTTP service: what it prints, and its exit status."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.callers import make_caller, read_token
from app.cli import build
from app.cli_ingest import files_under
from retrieval.errors import FreshetError, UnavailableError
from tests.app.admin.test_documents import parse
from tests.app.conftest import SECRET, Api
from tests.app.documents import until


@dataclass
class Shell:
    """Runs `freshet …` beside the service."""

    api: Api

    async def run(self, *arguments: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(build(arguments), list(arguments)))


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRESHET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("PORT", str(port))
    return port


@pytest_asyncio.fixture
async def shell(api: Api, environment: int) -> AsyncIterator[Shell]:
    server = uvicorn.Server(uvicorn.Config(api.app, port=environment, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield Shell(api)
    server.should_exit = True
    await serving


def test_a_token_speaks_for_whom_it_was_asked(environment: int) -> None:
    arguments = ["token", "--user", "ann", "--group", "a", "--group", "b", "--role", "editor", "--tenant", "acme"]
    printed = CliRunner().invoke(build(arguments), arguments).stdout
    caller = read_token(SECRET, printed.strip())
    assert caller == make_caller("acme", "ann", ["a", "b"], ["editor"])


@pytest.mark.parametrize(
    "arguments", [["token"], ["search"], ["search", "x", "--limit", "0"], ["nonsense"], ["ingest"]]
)
def test_wrong_usage_exits_with_2(environment: int, arguments: list[str]) -> None:
    assert CliRunner().invoke(build(arguments), arguments).exit_code == 2


def test_a_wrong_role_is_a_sentence(environment: int) -> None:
    arguments = ["token", "--user", "ann", "--role", "king"]
    result = CliRunner().invoke(build(arguments), arguments)
    assert isinstance(result.exception, FreshetError)
    assert "the roles are" in result.exception.message


def test_a_service_that_is_not_there_is_a_sentence(environment: int) -> None:
    result = CliRunner().invoke(build(["search", "x"]), ["search", "x"])
    assert isinstance(result.exception, UnavailableError)
    assert "is `freshet run` running?" in result.exception.message


async def test_search_prints_what_the_user_may_read(shell: Shell, show: Callable[..., Any]) -> None:
    for number, reader in enumerate(("public", "staff")):
        shell.api.candidates.append(show(shell.api, source="erp", key=f"p/{number}", readers=[reader]))
    alone = await shell.run("search", "espresso")
    assert "title of p/0" in alone.stdout
    assert "title of p/1" not in alone.stdout
    found = json.loads((await shell.run("search", "espresso", "--group", "staff", "--json")).stdout)
    assert [passage["key"] for passage in found["passages"]] == ["p/0", "p/1"]


async def test_search_that_finds_nothing_says_so(shell: Shell) -> None:
    result = await shell.run("search", "espresso")
    assert (result.exit_code, "Nothing found" in result.stdout) == (0, True)


async def test_ingest_uploads_a_folder_and_says_what_became_of_each_file(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "sub" / "报价.txt").write_text("b")
    (folder / "empty.txt").write_text("")
    (folder / ".hidden").write_text("x")
    result = await shell.run("ingest", str(folder), "--reader", "staff", "--json")
    body = json.loads(result.stdout)
    assert [(Path(one["path"]).name, one["state"]) for one in body["documents"]] == [
        ("a.txt", "queued"),
        ("empty.txt", "refused"),
        ("报价.txt", "queued"),
    ]
    assert (result.exit_code, body["failed"]) == (1, 1)
    listed = (await shell.api.call("GET", "/v1/documents")).json()["documents"]
    assert [(one["key"], one["readers"]) for one in listed] == [("a.txt", ["staff"]), ("sub/报价.txt", ["staff"])]


async def test_ingest_waits_until_a_file_can_be_found(shell: Shell, tmp_path: Path, show: Callable[..., Any]) -> None:
    (tmp_path / "a.txt").write_text("a")
    waiting = asyncio.create_task(shell.run("ingest", str(tmp_path / "a.txt"), "--wait", "--json"))
    await until(lambda: bool(shell.api.queue.sent))
    parse(shell.api, shell.api.queue.sent[0][0])
    show(shell.api, source="files", key="a.txt", readers=["public"], updated_at=datetime.now(UTC))
    result = await waiting
    [document] = json.loads(result.stdout)["documents"]
    assert (result.exit_code, document["state"]) == (0, "ready")


def test_files_below_a_folder_keep_their_place_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in" / "b").mkdir(parents=True)
    (tmp_path / "in" / "b" / "x.txt").write_text("x")
    (tmp_path / "secret.txt").write_text("s")
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "secret.txt")
    found = list(files_under([tmp_path / "in", tmp_path / "secret.txt"]))
    assert [(file.path.name, file.folder) for file in found] == [("x.txt", "b"), ("secret.txt", "")]


async def test_dead_letters_are_listed_replayed_and_dropped(shell: Shell) -> None:
    with shell.api.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO dead_letters (tenant, source, key, version, stage, reason, payload) "
                "SELECT 'default', 'erp', n::text, 1, 'clean', 'no title', CASE WHEN n < 3 THEN '{}'::bytea END "
                "FROM generate_series(1, 4) AS n"
            )
        )
    listed = json.loads((await shell.run("dead-letters", "list", "--json")).stdout)["dead_letters"]
    assert [letter["key"] for letter in listed] == ["4", "3", "2", "1"]
    assert "no title" in (await shell.run("dead-letters", "list")).stdout
    assert (await shell.run("dead-letters", "drop", str(listed[0]["id"]))).exit_code == 0
    result = await shell.run("dead-letters", "replay", "--all", "--json")
    body = json.loads(result.stdout)
    assert (result.exit_code, body["replayed"], len(body["refused"])) == (1, 2, 1)
    assert [record.key for record in shell.api.publisher.records] == ["2", "1"]


async def test_dead_letters_must_be_named(shell: Shell) -> None:
    assert (await shell.run("dead-letters", "drop")).exit_code == 2
