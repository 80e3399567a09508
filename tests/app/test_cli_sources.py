"""`freshet sources …` against an API that answers as told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest
import typer
from typer.testing import CliRunner

import app.api_client
from app import cli_sources
from app.settings import Settings
from ingestion.sources.check import Checked
from retrieval.errors import FreshetError, RejectedError
from tests.ingestion.sources.contracts import ORDERS

runner = CliRunner()


class Api:
    """Gives out the statuses one after the other, the last for ever; remembers what it was asked."""

    statuses: Sequence[dict[str, Any]] = ()
    sources: Sequence[list[dict[str, Any]]] = ()
    asked: list[tuple[str, str]]

    def __init__(self, *_: object) -> None:
        self._status = self._forever(self.statuses)
        self._sources = self._forever(self.sources)

    @staticmethod
    def _forever(values: Sequence[Any]) -> Iterator[Any]:
        yield from values
        while True:
            yield values[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def put_text(self, path: str, text: str, content_type: str) -> dict[str, Any]:
        assert content_type == "application/yaml"
        self.asked.append(("PUT", path))
        return {"generation": 2}

    def delete(self, path: str) -> None:
        self.asked.append(("DELETE", path))

    def get(self, path: str) -> dict[str, Any]:
        if path == "/v1/sources":
            return {"sources": next(self._sources)}
        return {"name": "web", "desired": "active", "status": next(self._status), "documents": 3, "as_of": None}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Api]:
    class Fresh(Api):
        asked = []  # noqa: RUF012 (one class per test)

    monkeypatch.setattr(app.api_client, "ApiClient", Fresh)
    monkeypatch.setattr("app.settings.load_settings", lambda: Settings(freshet_home=tmp_path))
    monkeypatch.setattr(cli_sources, "_PAUSE_SECONDS", 0.0)
    return Fresh


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    file = tmp_path / "web.yaml"
    file.write_text(ORDERS, encoding="utf-8")
    return file


def call(*arguments: str) -> tuple[int, str]:
    made = typer.Typer()
    cli_sources.register(made)
    made.callback()(lambda: None)
    result = runner.invoke(made, ["sources", *arguments])
    if isinstance(result.exception, FreshetError):
        return 1, result.exception.message
    return result.exit_code, result.output


def status(state: str, message: str = "", generation: int = 2) -> dict[str, Any]:
    return {"state": state, "message": message, "generation": generation}


def test_apply_waits_until_the_source_runs(api: type[Api], contract: Path) -> None:
    api.statuses = [{}, status("running", generation=1), status("snapshot", "reading what is there"), status("running")]
    code, said = call("apply", str(contract))
    assert code == 0
    assert said.splitlines() == ["web: declared", "web: snapshot, reading what is there", "web: running"]
    assert api.asked == [("PUT", "/v1/sources/web")]


def test_apply_fails_with_the_sources_own_sentence(api: type[Api], contract: Path) -> None:
    api.statuses = [status("failed", "Kafka has no topic 'web.orders'")]
    assert call("apply", str(contract)) == (1, "web: failed, Kafka has no topic 'web.orders'\n")


def test_apply_gives_up_after_a_while(api: type[Api], contract: Path) -> None:
    api.statuses = [status("snapshot")]
    code, said = call("apply", str(contract), "--seconds", "1")
    assert (code, "is not running after 1 s" in said) == (1, True)


def test_apply_need_not_wait(api: type[Api], contract: Path) -> None:
    assert call("apply", str(contract), "--no-wait") == (0, "web: declared\n")


def test_a_contract_that_cannot_be_read_is_not_sent(api: type[Api], contract: Path) -> None:
    contract.write_text("source: web\n", encoding="utf-8")
    code, said = call("apply", str(contract))
    assert code == 1
    assert said.startswith(f"{contract}:\nline 1: 'documents' is missing")
    assert api.asked == []


def test_remove_waits_until_the_source_is_gone(api: type[Api]) -> None:
    removing = {"name": "web", "status": {"state": "removing", "message": "waiting for the job to end"}}
    api.sources = [[removing], [removing], []]
    assert call("remove", "web") == (0, "web: waiting for the job to end\nweb: removed\n")
    assert api.asked == [("DELETE", "/v1/sources/web")]


def test_list_shows_what_is_wrong(api: type[Api]) -> None:
    api.sources = [
        [
            {"name": "web", "desired": "active", "status": {**status("running"), "documents": 7, "lag": 0}},
            {"name": "erp", "desired": "active", "status": status("waiting", "the database cannot be reached")},
        ]
    ]
    code, said = call("list")
    assert code == 0
    assert "web                      running               7        0" in said
    assert "    the database cannot be reached\n" in said
    assert json.loads(call("list", "--json")[1])["sources"][0]["name"] == "web"


def test_status_shows_state_counts_and_notes(api: type[Api]) -> None:
    api.statuses = [{**status("degraded", "column price is gone"), "notes": ["photo is left out"], "lag": 0}]
    code, said = call("status", "web")
    assert code == 0
    assert said.startswith("web: degraded\n  column price is gone\n")
    assert "  documents      3\n" in said
    assert said.endswith("  note: photo is left out\n")
    assert json.loads(call("status", "web", "--json")[1])["status"]["state"] == "degraded"


def test_check_shows_the_first_documents(api: type[Api], contract: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = {
        "id": "default/web/order/1",
        "title": "Order 1",
        "text": "2.50 to Köln",
        "readers": ["sales"],
        "language": "",
        "url": "",
        "pack": "",
        "metadata": None,
    }
    monkeypatch.setattr(
        "ingestion.sources.check.check_contract", lambda *_: Checked("web", {"order": [document]}, ("a note",))
    )
    code, said = call("check", str(contract))
    assert code == 0
    assert "order/1: Order 1\n  readers: sales\n  language: found out\n  │ 2.50 to Köln\nnote: a note\n" in said
    assert json.loads(call("check", str(contract), "--json")[1])["documents"] == {"order": [document]}


def test_check_fails_with_sentences(api: type[Api], contract: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Checked:
        raise RejectedError("line 3: no such column")

    monkeypatch.setattr("ingestion.sources.check.check_contract", refuse)
    assert call("check", str(contract)) == (1, "line 3: no such column")
