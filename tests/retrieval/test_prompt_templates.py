from __future__ import annotations

import pytest

from retrieval.prompt_templates import load_template, read_template

HEAD = "---\nvariables: [question]\n---\n"


@pytest.mark.parametrize("task", ["answer", "standalone", "summary"])
def test_every_task_has_the_same_variables_and_roles_in_both_languages(task: str) -> None:
    english, chinese = load_template(task, "en"), load_template(task, "zh")
    assert english.name == f"{task}/en/1"
    assert chinese.name == f"{task}/zh/1"
    assert english.variables == chinese.variables
    assert [one.role for one in english.messages] == [one.role for one in chinese.messages] == ["system", "user"]
    assert english.messages != chinese.messages


def test_the_beginning_never_changes_so_that_it_is_cached() -> None:
    template = load_template("answer", "zh")
    one = template.fill({"sources": "甲", "question": "乙"})
    other = template.fill({"sources": "丙", "question": "丁"})
    assert one[0] == other[0]
    assert template.not_known in one[0].text
    assert one[1] != other[1]


def test_a_language_without_templates_gets_the_english_one() -> None:
    assert load_template("answer", "fr") is not None
    assert load_template("answer", "fr").name == "answer/en/1"


def test_values_are_data_even_where_they_look_like_gaps() -> None:
    filled = load_template("answer", "en").fill({"sources": "costs $question or $5", "question": "why?"})
    assert "costs $question or $5" in filled[1].text


def test_missing_and_unknown_values_are_errors() -> None:
    template = load_template("summary", "en")
    for values in ({}, {"history": "a", "other": "b"}):
        with pytest.raises(ValueError, match="takes"):
            template.fill(values)


def test_a_version_or_task_that_is_not_there_is_said() -> None:
    for asked in (("answer", "en", 99), ("poem", "en", 1)):
        with pytest.raises(ValueError, match="no prompt template"):
            load_template(*asked)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no head", "does not begin"),
        (HEAD + "<!-- user -->\nnothing used", "uses"),
        (HEAD + "<!-- user -->\n$question $more", "uses"),
        (HEAD + "<!-- robot -->\n$question", "message of"),
        (HEAD + "<!-- system -->\n$question", "does not end"),
        (HEAD + "<!-- user -->\n$question costs $5", "names nothing"),
        (HEAD, "uses"),
    ],
)
def test_a_template_with_a_mistake_is_refused_when_it_is_loaded(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_template("answer/en/2", text)
