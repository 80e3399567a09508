from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from app.cli_rules import register

BODY = """\
tables:
  - table: t
    stage: before
    rules:
      - rule: late
        when: {hour: ">= 18"}
        then: {block: {en: Closed., zh: 已下班。}}
"""


def run(*arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, ["rules", *arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "shop.yaml"
    made.write_text(BODY, encoding="utf-8")
    return made


def test_a_good_file_is_in_order(file: Path) -> None:
    result = run("check", str(file))
    assert (result.exit_code, "is in order: 1 tables, 1 rules" in result.stdout) == (0, True)
    assert json.loads(run("check", str(file), "--json").stdout)["accepted"] is True


def test_a_wrong_file_is_a_sentence_with_its_line(file: Path) -> None:
    file.write_text(BODY.replace("hour", "our"), encoding="utf-8")
    result = run("check", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "rules 'shop', line 6: unknown fact 'our'" in result.stderr
    shown = json.loads(run("check", str(file), "--json").stdout)
    assert (shown["accepted"], "line 6" in shown["error"]) == (False, True)


def test_rules_that_shadow_each_other_fail_the_check(file: Path) -> None:
    file.write_text(BODY + BODY[BODY.index("      - rule") :].replace("late", "later"), encoding="utf-8")
    result = run("check", str(file))
    assert (result.exit_code, "duplicate: later never acts" in result.stdout) == (1, True)
    assert json.loads(run("check", str(file), "--json").stdout)["conflicts"][0]["kind"] == "duplicate"


def test_trying_says_which_rule_does_what(file: Path) -> None:
    result = run("try", str(file), "--facts", '{"hour": 19}')
    assert (result.exit_code, "the turn ends: block by shop/0 late" in result.stdout) == (0, True)
    verdict = json.loads(run("try", str(file), "--facts", '{"hour": 19}', "--json").stdout)
    assert (verdict["rule"], verdict["actions"][0]["texts"]["zh"]) == ("shop/0 late", "已下班。")
    assert "nothing to do" in run("try", str(file), "--facts", "{}").stdout


def test_facts_may_come_from_a_file_and_tell_the_stage(file: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text('{"hour": 19, "answer": "x"}', encoding="utf-8")
    assert json.loads(run("try", str(file), "--facts", f"@{facts}", "--json").stdout)["stage"] == "after"


@pytest.mark.parametrize(
    "arguments", [["--facts", "{"], ["--facts", "[]"], ["--facts", "@none"], [], ["--facts", "{}", "--stage", "later"]]
)
def test_wrong_usage_is_status_2(file: Path, arguments: list[str]) -> None:
    assert run("try", str(file), *arguments).exit_code == 2
    assert run("check", "none.yaml").exit_code == 2


def test_unknown_facts_fail(file: Path) -> None:
    assert run("try", str(file), "--facts", '{"hours": 3}').exit_code == 1


def test_files_of_other_forms_are_known_by_their_names(tmp_path: Path) -> None:
    sheet = tmp_path / "shop.csv"
    sheet.write_text("stage,rule,then\nbefore,a,hand_over\n", encoding="utf-8")
    assert run("check", str(sheet)).exit_code == 0
    wrong = tmp_path / "shop.json"
    wrong.write_bytes(b"\xff")
    assert "not UTF-8" in run("check", str(wrong)).stderr
