from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from app.rules.conditions import Expression, Holds, OneOf, Within
from app.rules.judge import from_normal, judge, load_ruleset, normal_form
from retrieval.errors import RejectedError

Change = Callable[[dict[str, Any]], None]


def columns(*fields: str) -> list[dict[str, str]]:
    return [{"id": field or "any", "name": field or "any", "field": field} for field in fields]


def table(name: str, rows: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    content = {
        "hitPolicy": "first",
        "inputs": columns("hour", "intent", "words", "anonymous", ""),
        "outputs": columns("rule", "action", "text_en", "text_zh", "names"),
        "rules": rows,
    }
    return {"id": name, "name": name, "type": "decisionTableNode", "content": content | more}


NIGHT = {"id": "1", "key": "night", "value": "hour >= 22 or hour < 6"}
LOUD = {
    "hour": "[9..18]",
    "intent": '"price","stock"',
    "words": '"angry" in $',
    "rule": '"loud"',
    "action": '"hand_over"',
}
LATE = {"any": "night", "rule": '"late"', "action": '"warn"', "text_en": '"It is late."', "text_zh": '"很晚了。"'}
PARTS = {"any": "contains(text, 'spare')", "rule": '"parts"', "action": '"restrict"', "names": '"parts; erp"'}
WHO = {"anonymous": "true", "rule": '"who"', "action": '"require"', "names": '"email"'}
GRAPH: dict[str, Any] = {
    "freshet": {"stage": "before", "lists": {"angry": ["ripped off"]}},
    "nodes": [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "out", "name": "out", "type": "outputNode"},
        {
            "id": "e",
            "name": "night",
            "type": "expressionNode",
            "content": {"expressions": [NIGHT], "passThrough": True},
        },
        table("desk", [LOUD, LATE, PARTS], outputPath="desk"),
        table("tone", [WHO], outputPath="tone", hitPolicy="collect"),
    ],
    "edges": [
        {"id": "1", "sourceId": "in", "targetId": "e"},
        {"id": "2", "sourceId": "e", "targetId": "desk"},
        {"id": "3", "sourceId": "in", "targetId": "tone"},
        {"id": "4", "sourceId": "desk", "targetId": "out"},
        {"id": "5", "sourceId": "tone", "targetId": "out"},
    ],
}


def changed(change: Change) -> str:
    graph = deepcopy(GRAPH)
    change(graph)
    return json.dumps(graph)


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        ({"hour": 12, "intent": "price", "text": "ripped off"}, ["loud"]),
        ({"hour": 12, "intent": "repair", "text": "ripped off"}, []),
        ({"hour": 23}, ["late"]),
        ({"hour": 12, "text": "a spare part", "anonymous": True}, ["parts", "who"]),
        ({"hour": 12, "slot": {"rule": "loud"}}, []),
    ],
)
def test_the_file_of_the_editor_judges_as_it_is(facts: dict[str, Any], rules: list[str]) -> None:
    verdict = judge(load_ruleset(json.dumps(GRAPH), "jdm", "shop", 2), "before", facts)
    assert [fired.rule for fired in verdict.fired] == rules
    assert all(str(fired).startswith("shop/2 ") for fired in verdict.fired)


def test_cells_are_read_as_conditions_where_they_have_a_plain_form() -> None:
    ruleset = load_ruleset(json.dumps(GRAPH), "jdm", "shop")
    loud, late, parts = ruleset.rules.tables[0].rules
    assert loud.when == {
        "hour": Within(9, 18),
        "intent": OneOf(frozenset({"price", "stock"})),
        "words": Holds(all_of=frozenset({"angry"})),
    }
    assert late.when == {"night": Expression("night")}
    assert late.then[0].texts == {"en": "It is late.", "zh": "很晚了。"}
    assert parts.then[0].names == ("parts", "erp")


def test_the_stored_form_gives_the_same_rules() -> None:
    body = json.dumps(GRAPH)
    ruleset = load_ruleset(body, "jdm", "shop", 1)
    assert from_normal(normal_form(ruleset, body, "jdm"), "shop", 1) == ruleset


def _node(number: int, **entries: Any) -> Change:
    return lambda graph: graph["nodes"][number].update(entries)


def _cell(row: int, **cells: str) -> Change:
    return lambda graph: graph["nodes"][3]["content"]["rules"][row].update(cells)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_node(2, type="functionNode", content="const handler = () => ({})"), "node 'night': JavaScript is refused"),
        (_node(2, type="functionNode", content={"source": "export const handler = 1"}), "JavaScript is refused"),
        (_node(2, type="decisionNode"), "other rule files cannot be called"),
        (_node(2, type="customNode"), "own kinds of node"),
        (_node(2, type="magicNode"), "unknown kind of node 'magicNode'"),
        (lambda graph: graph.pop("freshet"), "`freshet` is missing"),
        (lambda graph: graph.pop("edges"), "`nodes` and `edges`"),
        (lambda graph: graph["edges"].append({"id": "9", "sourceId": "desk", "targetId": "e"}), "lead in a circle"),
        (lambda graph: graph["edges"].append({"id": "9", "sourceId": "desk", "targetId": "x"}), "not both nodes"),
        (_cell(0, hour="noon"), "unknown fact 'noon'"),
        (_cell(0, hour='"noon"'), "fact 'hour' is no text"),
        (_cell(0, intent="> 3"), "fact 'intent' is no number"),
        (_cell(0, anonymous="3"), "fact 'anonymous' is no number"),
        (_cell(0, hour="true"), "fact 'hour' is not true or false"),
        (_cell(0, words='"furious" in $'), "no value 'furious'"),
        (_cell(0, hour="> > 3"), "row 1"),
        (_cell(0, any="hour + 1"), "must be true or false"),
        (_cell(0, any="rand(2) > 1"), "function 'rand' is refused"),
        (_cell(0, any="matches(text, '(a')"), "not valid RE2"),
        (_cell(0, any="mood == 'x'"), "unknown fact 'mood'"),
        (_cell(0, any="answer == 'x'"), "unknown fact 'answer'"),
        (_cell(0, action='"shout"'), "unknown action 'shout'"),
        (_cell(0, action="intent"), "must be a fixed text"),
        (_cell(1, text_zh=""), "the text in 'zh' is missing"),
        (_cell(1, rule='"loud"'), "stands twice"),
        (lambda graph: graph["nodes"][4]["content"].update(outputPath="desk"), "an output path of its own"),
        (lambda graph: graph["nodes"][4]["content"].update(hitPolicy="random"), "hits first or collect"),
        (lambda graph: graph["nodes"][4]["content"].update(executionMode="loop"), "loops and input fields"),
        (lambda graph: [node["content"].update(outputs=[]) for node in graph["nodes"][3:]], "nothing is decided"),
    ],
)
def test_what_is_wrong_is_refused_in_words(change: Change, said: str) -> None:
    with pytest.raises(RejectedError) as error:
        load_ruleset(changed(change), "jdm", "shop")
    assert said in error.value.message


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "3",
        '{"nodes": ["\\u0000"], "edges": []}',
        '{"nodes": [], "edges": 3}',
        '{"nodes": [3], "edges": []}',
    ],
)
def test_what_is_no_jdm_file_is_refused(body: str) -> None:
    with pytest.raises(RejectedError):
        load_ruleset(body, "jdm", "shop")
