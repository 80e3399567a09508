from __future__ import annotations

import json
from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from app.cli_clean import register
from ingestion.cleaning.dry_run import Change, dry_run
from ingestion.cleaning.model import Draft
from ingestion.cleaning.pack import load_pack


def run(*arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, list(arguments))


def test_changes_name_step_line_before_and_after() -> None:
    pack = load_pack("steps: [whitespace, {sensitive: {rules: [{find: email}]}}]", "p")
    result = dry_run(Draft("t", "a  b\n\n\n\njo@x.org\nsame"), pack)
    assert Change("whitespace", "text", 1, "a  b", "a b") in result.changes
    assert Change("sensitive", "text", 3, "jo@x.org", "[email]") in result.changes
    assert {change.step for change in result.changes} == {"whitespace", "sensitive"}
    assert not any("same" in (change.before, change.after) for change in result.changes)


def test_json_is_one_document_with_changes_and_verdict(tmp_path: Path) -> None:
    file = tmp_path / "ticket.md"
    file.write_text("Mail jo@x.org, 手机 13812345678", encoding="utf-8")
    result = run("--pack", "commerce", str(file), "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert (document["action"], document["title"], document["text"]) == ("keep", "ticket", "Mail [email], 手机 [phone]")
    assert document["pack"] == "commerce"
    assert {change["step"] for change in document["changes"]} >= {"sensitive"}


def test_the_report_ends_with_the_verdict_and_shows_hidden_characters(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("a\u200bb\x1b[31m", encoding="utf-8")
    result = run("--pack", "default", str(file))
    assert result.exit_code == 0
    assert "- a\\u200bb[31m" in result.stdout
    assert "+ ab[31m" in result.stdout
    assert result.stdout.strip().splitlines()[-1].startswith("keep  (pack default,")


def test_a_pack_from_a_file_may_reject(tmp_path: Path) -> None:
    pack, file = tmp_path / "strict.yaml", tmp_path / "a.txt"
    pack.write_text("steps: [{length: {min: 100, too_short: reject}}]", encoding="utf-8")
    file.write_bytes(b"\xff\xfeshort")
    result = run("--pack", str(pack), str(file))
    assert result.exit_code == 0
    assert "reject: too short: 7 characters" in result.stdout


def test_what_is_missing_or_wrong_is_a_sentence_and_status_1(tmp_path: Path) -> None:
    file, wrong = tmp_path / "a.txt", tmp_path / "wrong.yaml"
    file.write_text("x", encoding="utf-8")
    wrong.write_text("steps:\n  - coffee\n", encoding="utf-8")
    for arguments, said in (
        (("--pack", "nothing", str(file)), "no pack 'nothing': built in are commerce, default"),
        (("--pack", str(wrong), str(file)), "line 2: unknown step 'coffee'"),
        ((str(tmp_path / "none.txt"),), "cannot be read"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1
        assert said in result.stderr


def test_without_a_file_it_is_wrong_usage() -> None:
    assert run("--pack", "default").exit_code == 2
