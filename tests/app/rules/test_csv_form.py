from __future__ import annotations

import pytest

from app.rules.judge import judge, load_ruleset
from app.rules.writing import to_yaml
from retrieval.errors import RejectedError

HEAD = "table,stage,hit,rule,intent,says,roles,hour,anonymous,slot.model,matches,then,names,text_en,text_zh,note\n"
FILE = (
    HEAD
    + "desk,before,all,prices,price,,none agent,,,,,restrict,erp; prices,,,\n"
    + ",,,holiday,,holiday；放假,,,,,,answer,,We are closed.,休息。,yearly\n"
    + ",,,evening,not price; stock,,,>= 18,是,,,warn,,Back at 9.,9 点上班。,\n"
    + ",,,evening,,,,,,,,require,serial,Which one?,哪一台？,\n"
    + '\n,,,code,,,,,,X1; X2,"\\bE\\d{1,3}\\b",hand_over,,,,\n'
)


def test_a_sheet_says_what_yaml_says() -> None:
    shop = load_ruleset(FILE, "csv", "shop")
    [table] = shop.rules.tables
    assert [(rule.name, [action.kind for action in rule.then]) for rule in table.rules] == [
        ("prices", ["restrict"]),
        ("holiday", ["answer"]),
        ("evening", ["warn", "require"]),
        ("code", ["hand_over"]),
    ]
    assert table.rules[1].note == "yearly"
    assert load_ruleset(to_yaml(shop.rules), "yaml", "shop").rules == shop.rules


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        ({"intent": "price"}, ["prices"]),
        ({"intent": "price", "roles": ["agent"]}, []),
        ({"text": "放假吗"}, ["holiday"]),
        ({"hour": 19, "anonymous": True, "intent": "other"}, ["evening", "evening"]),
        ({"hour": 19, "anonymous": True, "intent": "stock"}, []),
        ({"text": "E14?", "slot.model": "X2"}, ["code"]),
    ],
)
def test_a_sheet_judges(facts: dict[str, object], rules: list[str]) -> None:
    assert [fired.rule for fired in judge(load_ruleset(FILE, "csv", "shop"), "before", facts).fired] == rules


@pytest.mark.parametrize(
    ("row", "line", "said"),
    [
        ("desk,before,all,a,,,,noon,,,,warn,,x,y,", 2, "fact 'hour' must be a number"),
        ("desk,before,all,a,,,,,maybe,,,warn,,x,y,", 2, "must be true or false"),
        ("desk,before,all,a,,,,,,,,warn,,x,,", 2, "the text in 'zh' is missing"),
        ("desk,before,all,a,,,,,,,,shout,,x,y,", 2, "unknown action 'shout'"),
        ("desk,before,all,a,,,,,,,,,,x,y,", 2, "`then` is empty"),
        ("desk,before,all,a,,,,,,,(a,warn,,x,y,", 2, "not valid RE2"),
        ("desk,before,all,a,all x; y,,,,,,,warn,,x,y,", 2, "cannot be asked"),
        ("desk,before,all,,,,,,,,,warn,,x,y,", 2, "a name has at most"),
        ("desk,before", 2, "2 cells; the first row has 16"),
        ("desk,later,all,a,,,,,,,,warn,,x,y,", 2, "must be greeting, before or after"),
        ('desk,before,all,"a', 2, "not CSV"),
        ("desk,before,all,a,,,,,,,,warn,,x,y,\ndesk,after,all,b,,,,,,,,warn,,x,y,", 3, "is of stage before"),
        ("desk,before,all,a,,,,,,,,warn,,x,y,\ndesk,,,b,,,chef,,,,,warn,,x,y,", 3, "no value 'chef'"),
    ],
)
def test_a_mistake_is_named_with_its_line(row: str, line: int, said: str) -> None:
    with pytest.raises(RejectedError) as error:
        load_ruleset(HEAD + row + "\n", "csv", "shop")
    assert said in error.value.message
    assert f"line {line}" in error.value.message


@pytest.mark.parametrize(
    ("head", "said"),
    [("stage,rule,then,mood", "unknown column 'mood'"), ("stage,rule", "'then' is missing"), ("", "is empty")],
)
def test_wrong_columns_are_refused(head: str, said: str) -> None:
    with pytest.raises(RejectedError, match=said):
        load_ruleset(head, "csv", "shop")
