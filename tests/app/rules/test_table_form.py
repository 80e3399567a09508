from __future__ import annotations

import pytest

from app.rules.judge import load_ruleset
from app.rules.table_form import check_body, check_table, table_of, yaml_of
from retrieval.errors import RejectedError

BODY = """\
tables:
  - table: t
    stage: before
    rules:
      - {rule: one, when: {hour: late}, then: {block: {en: No., zh: 不。}}}
      - {rule: two, when: {says: {en: [hi], zh: [你好]}}, then: {warn: {en: Hi., zh: 好。}}}
      - {rule: three, when: {moon: full}, then: {block: {en: No., zh: 不。}}}
"""
CSV = "stage,rule,hour,then,text_en,text_zh\nbefore,late,>= 18,warn,Late.,晚了。\n"


def test_every_wrong_cell_is_named_with_its_line() -> None:
    checked = check_body(BODY, "yaml", "shop")
    assert [(one.path, one.line) for one in checked.problems] == [
        (("tables", 0, "rules", 0, "when", "hour"), 5),
        (("tables", 0, "rules", 2, "when", "moon"), 7),
    ]
    assert checked.rules is not None
    assert [rule.name for rule in checked.rules.tables[0].rules] == ["two"]


def test_a_table_comes_back_as_it_was_written() -> None:
    table = table_of(BODY, "yaml", "shop")
    assert table["tables"][0]["rules"][1]["when"] == {"says": {"en": ["hi"], "zh": ["你好"]}}
    assert table_of(yaml_of(table), "yaml", "shop") == table


def test_csv_is_a_table_too() -> None:
    table = table_of(CSV, "csv", "shop")
    assert check_table(table, "shop").problems == ()
    assert load_ruleset(yaml_of(table), "yaml", "shop").rules == load_ruleset(CSV, "csv", "shop").rules


@pytest.mark.parametrize("table", [{}, {"tables": 1}, {"tables": [1]}, {"tables": [{"table": "t"}]}, {"x": [[]]}])
def test_a_table_that_is_none_has_a_sentence(table: dict[str, object]) -> None:
    checked = check_table(table, "shop")
    assert len(checked.problems) == 1
    assert checked.rules is None


def test_text_that_is_no_yaml_has_a_sentence() -> None:
    checked = check_body("tables: [", "yaml", "shop")
    assert (checked.table, len(checked.problems)) == ({}, 1)


def test_a_graph_has_no_table_form() -> None:
    with pytest.raises(RejectedError, match="graph"):
        table_of("{}", "jdm", "shop")
