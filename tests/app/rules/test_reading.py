from __future__ import annotations

import pytest

from app.rules.judge import load_ruleset
from retrieval.errors import RejectedError

GOOD = """\
lists:
  angry: {en: [ripped off], zh: [太差了]}
patterns:
  order: 'SO-\\d+'
texts:
  no: {en: No., zh: 不行。}
tables:
  - table: one
    stage: before
    rules:
      - rule: first
        when: {words: angry}
        then: {block: no}
"""


def wrong(old: str, new: str) -> str:
    assert old in GOOD
    with pytest.raises(RejectedError) as error:
        load_ruleset(GOOD.replace(old, new), "yaml", "shop")
    return error.value.message


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("words: angry", "wrods: angry", 12, "unknown fact 'wrods'; did you mean 'words'?"),
        ("words: angry", "words: furious", 12, "no value 'furious'; declared under `lists:` are angry"),
        ("words: angry", "hour: noon", 12, "fact 'hour' must be a number"),
        ("words: angry", "anonymous: 1", 12, "fact 'anonymous' must be true or false"),
        ("words: angry", "weekday: monday", 12, "no value 'monday'; there are mon, tue"),
        ("words: angry", "roles: chef", 12, "no value 'chef'"),
        ("words: angry", "personal_data: [shoe_size]", 12, "no value 'shoe_size'"),
        ("words: angry", "text: hello", 12, "use says, matches"),
        ("words: angry", "answer_words: angry", 12, "only after the answer"),
        ("words: angry", "answer_says: hello", 12, "only after the answer"),
        ("words: angry", "matches: '(a'", 12, "not valid RE2"),
        ("words: angry", "matches: 'a*'", 12, "fits the empty text"),
        ("words: angry", "matches: '(?=a)b'", 12, "not valid RE2"),
        ("words: angry", "says: []", 12, "a list of phrases"),
        ("words: angry", "says: [12]", 12, "write numbers in quotes"),
        ("'SO-\\d+'", "'(a)\\1'", 4, "not valid RE2"),
        ("{block: no}", "{blok: no}", 13, "unknown action 'blok'"),
        ("{block: no}", "{replace: no}", 13, "action 'replace' is not for stage before"),
        ("{block: no}", "{block: nope}", 13, "there is no text 'nope'"),
        ("{block: no}", "{block: {en: No.}}", 13, "the text in 'zh' is missing"),
        ("{block: no}", "{block: {en: No., zh: ' '}}", 13, "the text in 'zh' is missing"),
        ("{block: no}", "{block: {en: No., zh: 不, de: Nein}}", 13, "unknown language 'de'"),
        ("{block: no}", "{mask: shoe_size}", 13, "'shoe_size' cannot be masked"),
        ("{block: no}", "{restrict: 'My Files'}", 13, "use lower-case letters"),
        ("{block: no}", "{require: [a, b]}", 13, "takes one slot"),
        ("{block: no}", "{require: {name: a}}", 13, "name of a slot"),
        ("{block: no}", "[]", 13, "`then:` is an action"),
        ("{block: no}", "{hand_over: maybe}", 13, "there is no text 'maybe'"),
        ("{en: No., zh: 不行。}", "{en: No.}", 6, "the text in 'zh' is missing"),
        ("words: angry", 'groups: "a\\0"', 12, "control characters"),
        ("words: angry", 'intent: "\\ud800"', 12, "broken Unicode"),
        ("words: angry", 'says: "a\\ud800"', 12, "a list of phrases"),
        ("words: angry", 'matches: "a\\0"', 12, "without control characters"),
        ("words: angry", "slot.a$b: x", 12, "unknown fact"),
        ("{block: no}", '{block: no}\n        note: "\\0"', 14, "without control characters"),
        ("stage: before", "stage: later", 9, "`stage:` must be greeting, before or after, not 'later'"),
        ("stage: before", "stage: before\n    hit: any", 10, "`hit:` must be first or all"),
        ("rule: first", "rule: 'first one'", 11, "no spaces"),
        ("table: one", "tabel: one", 8, "unknown entry 'tabel'"),
        ("rules:", "rules: []\n    rulez:", 8, "unknown entry"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, said: str) -> None:
    message = wrong(old, new)
    assert said in message
    assert f"line {line}" in message or said == "unknown entry"


def test_names_stand_once() -> None:
    rule = "      - rule: first\n        then: {block: no}\n"
    with pytest.raises(RejectedError, match=r"line 14: rule 'first' stands twice"):
        load_ruleset(GOOD + rule, "yaml", "shop")
    table = "  - table: one\n    stage: before\n    rules: [{rule: other, then: {block: no}}]\n"
    with pytest.raises(RejectedError, match=r"line 14: table 'one' stands twice"):
        load_ruleset(GOOD + table, "yaml", "shop")


@pytest.mark.parametrize("text", ["", "[]", "tables: 3", "tables: []", "a: [", "x: &a 1\ny: *a", "\x00"])
def test_what_is_no_rule_file_is_refused(text: str) -> None:
    with pytest.raises(RejectedError):
        load_ruleset(text, "yaml", "shop")


def test_too_many_rules_are_refused() -> None:
    from app.rules.reading import MAX_RULES, Unplaced, read_rules

    rules = [{"rule": f"r{n}", "then": {"hand_over": True}} for n in range(MAX_RULES + 1)]
    with pytest.raises(RejectedError, match="too many"):
        read_rules(Unplaced({"tables": [{"table": "t", "stage": "before", "rules": rules}]}, "rules 'x'"))


def test_phrases_and_patterns_of_a_rule_become_lists_and_patterns() -> None:
    rules = load_ruleset(GOOD.replace("words: angry", "words: angry, says: [hi], matches: 'x+'"), "yaml", "s").rules
    assert rules.lists["first.says"] == ("hi",)
    assert rules.patterns["first.matches"] == "x+"
