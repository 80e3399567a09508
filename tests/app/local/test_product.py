from __future__ import annotations

from pathlib import Path

import pytest

from app.local.part import LocalError, in_order
from app.local.product import answerable_step, attempt, product_nodes, sample_step, welcome_text
from app.settings import load_settings


def test_the_service_starts_after_the_database_is_at_head_and_the_sample_comes_last(tmp_path: Path) -> None:
    settings = load_settings(freshet_home=tmp_path)
    names = [
        node.name for node in in_order([answerable_step(settings), sample_step(settings), *product_nodes(settings)])
    ]
    assert names[-2:] == ["sample", "index"]
    for name in ("api", "worker", "controller"):
        assert names.index("postgres") < names.index("database") < names.index(name)


def test_the_welcome_tells_where_how_and_what_to_ask(tmp_path: Path) -> None:
    text = welcome_text(load_settings(freshet_home=tmp_path, port=8765))
    assert "http://127.0.0.1:8765/docs" in text
    assert "freshet token --user" in text
    assert text.count("freshet ask") == 3
    assert "dbname=sample_erp" in text


def test_a_complaint_is_one_sentence_and_status_one(capsys: pytest.CaptureFixture[str]) -> None:
    def complain() -> None:
        message = "kafka cannot use port 1."
        raise LocalError(message)

    assert attempt(complain) == 1
    assert capsys.readouterr().err == "kafka cannot use port 1.\n"
    assert attempt(lambda: None) == 0
