"""Slots are found, checked, corrected and asked for, in English and Chinese."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialog.dates import find_dates
from app.dialog.slot_tasks import SlotTask, load_tasks, read_task
from app.dialog.slots import asking_text, fill, missing, search_terms, task_for
from retrieval.errors import RejectedError

TODAY = date(2026, 11, 25)
TASKS = {task.name: task for task in load_tasks()}
ORDER, RETURN, SUPPORT = TASKS["order_status"], TASKS["return_request"], TASKS["product_support"]


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Where is my order?", "order_status"),
        ("我的订单到哪了", "order_status"),
        ("I want to return my grinder", "return_request"),
        ("我要退货", "return_request"),
        ("My machine is broken", "product_support"),
        ("机器坏了", "product_support"),
    ],
)
def test_a_task_begins_with_its_words(message: str, name: str) -> None:
    task = task_for(load_tasks(), message)
    assert task is not None
    assert task.name == name


def test_other_messages_begin_none() -> None:
    assert task_for(load_tasks(), "What does the Piccola weigh?") is None


@pytest.mark.parametrize(
    ("task", "message", "values"),
    [
        (ORDER, "Where is my order SO-1042?", {"order_number": "SO-1042"}),
        (ORDER, "订单号是so 1042", {"order_number": "SO-1042"}),
        (ORDER, "order number: 20261042", {"order_number": "20261042"}),
        (RETURN, "Order SO-1042 arrived on 3 November", {"order_number": "SO-1042", "delivered_on": "2026-11-03"}),
        (RETURN, "订单SO-1042，11月3日收到的", {"order_number": "SO-1042", "delivered_on": "2026-11-03"}),
        (SUPPORT, "It is a TB-300", {"model": "TB-300"}),
    ],
)
def test_values_are_found_in_their_one_form(task: SlotTask, message: str, values: dict[str, str]) -> None:
    assert dict(fill(task, {}, "", message, TODAY).values) == values


def test_a_correction_replaces_and_says_so() -> None:
    filling = fill(ORDER, {"order_number": "SO-1042"}, "", "No, sorry, it is SO-1043", TODAY)
    assert (dict(filling.values), filling.corrected) == ({"order_number": "SO-1043"}, ("order_number",))
    denied = fill(ORDER, {"order_number": "SO-1042"}, "", "不是SO-1042，是SO-1044", TODAY)
    assert denied.values["order_number"] == "SO-1044"


def test_a_day_that_no_calendar_has_is_not_accepted() -> None:
    filling = fill(RETURN, {}, "delivered_on", "31 February 2026", TODAY)
    assert "delivered_on" in filling.invalid
    slot = RETURN.slot("delivered_on")
    assert slot is not None
    assert "31 February 2026" in asking_text(slot, "en", filling.invalid["delivered_on"].strip())


@pytest.mark.parametrize("message", ["I don't know", "不知道", "I don't have it"])
def test_who_cannot_say_declines(message: str) -> None:
    assert fill(ORDER, {}, "order_number", message, TODAY).declined == "order_number"


def test_the_first_missing_slot_is_asked_for_and_searched_ones_are_terms() -> None:
    slot = missing(RETURN, {"order_number": "SO-1042"})
    assert slot is not None
    assert slot.name == "delivered_on"
    assert asking_text(slot, "zh") == "请问是哪天收到货的？"
    assert search_terms(RETURN, {"order_number": "SO-1042", "delivered_on": "2026-11-03"}) == ("SO-1042",)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("yesterday", date(2026, 11, 24)),
        ("上周五", date(2026, 11, 20)),
        ("last Monday", date(2026, 11, 23)),
        ("3 days ago", date(2026, 11, 22)),
        ("2026-02-29", None),
        ("十一月三日", date(2026, 11, 3)),
        ("March 31st, 2026", date(2026, 3, 31)),
        ("31.03.2026", date(2026, 3, 31)),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, day: date | None) -> None:
    assert [one.day for one in find_dates(text, TODAY)] == [day]


FILE = """
name: x
title: {{en: a, zh: b}}
begins_with: {{}}
slots: [{{name: s, kind: pattern, {patterns} labels: {{}}, ask: {{en: a, zh: b}}, invalid: {{en: a, zh: b}}}}]
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x", "title"),
        ("- 1", "Input should be"),
        (FILE.format(patterns=""), "needs patterns"),
        (FILE.format(patterns="patterns: ['(a'],"), "RE2"),
        ("a: [", "not YAML"),
    ],
)
def test_a_file_that_declares_no_task_is_refused_with_the_place(text: str, told: str) -> None:
    with pytest.raises(RejectedError, match=told):
        read_task(text, "x.yaml")


def test_two_files_of_one_task_are_refused(tmp_path: Path) -> None:
    own = Path("app/dialog/tasks/order_status.yaml").read_text(encoding="utf-8")
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(own, encoding="utf-8")
    with pytest.raises(RejectedError, match="twice"):
        load_tasks(tmp_path)


@given(st.text(max_size=300), st.sampled_from(sorted(TASKS)))
def test_no_message_breaks_the_filling(message: str, name: str) -> None:
    filling = fill(TASKS[name], {}, "", message, TODAY)
    assert all(filling.values.values())
