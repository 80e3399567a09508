"""English: which words point back, and which only look as if they did."""

from __future__ import annotations

import pytest

from app.dialog.english import English, content_words
from app.dialog.grammar import Reference

ENGLISH = English()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Is it loud?", "it"),
        ("How is its filter cleaned?", "its"),
        ("Do they ship abroad?", "they"),
        ("What about this model?", "this model"),
        ("Tell me more about that", "that"),
        ("Who repairs those?", "those"),
        ("I take the second one", "the second one"),
        ("Is the latter louder?", "the latter"),
    ],
)
def test_a_word_that_points_back_is_found_with_its_place(text: str, expected: str) -> None:
    [found] = ENGLISH.references(text)
    assert text[found.start : found.end] == expected


@pytest.mark.parametrize(
    "text",
    [
        "It is hard to say when it rains.",
        "How long does it take to descale?",
        "Is it safe to use vinegar?",
        "I think that filters are cheap.",
        "Does that mean 24 months?",
        "That's fine, thanks",
        "Which filters fit this week?",
        "I bought a grinder in May and it broke",
        "Got it.",
    ],
)
def test_words_that_stand_for_nothing_said_before_are_left_alone(text: str) -> None:
    assert ENGLISH.references(text) == []


def test_a_reference_knows_its_number_and_kind() -> None:
    assert ENGLISH.references("those hotels?") == [Reference(0, 12, "many", "hotels")]
    assert ENGLISH.references("his mail") == [Reference(0, 3, owner=True, person=True)]
    assert ENGLISH.references("the last one") == [Reference(0, 12, ordinal=-1)]


@pytest.mark.parametrize(
    ("text", "elliptic"),
    [
        ("how heavy?", True),
        ("any awards", True),
        ("and why?", True),
        ("Who is Ada?", False),
        ("Do you sell milk jugs?", False),
    ],
)
def test_a_message_without_a_subject_is_elliptic(text: str, elliptic: bool) -> None:
    assert ENGLISH.is_elliptic(text) is elliptic


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("And the X-300?", "the X-300"),
        ("what about refunds?", "refunds"),
        ("And does it leak?", ""),
        ("the X-300", ""),
        ("And what?", ""),
    ],
)
def test_a_fragment_is_a_message_without_a_verb_after_an_opening(text: str, part: str) -> None:
    assert ENGLISH.fragment(text) == part


def test_they_is_not_put_for_a_single_thing() -> None:
    [reference] = ENGLISH.references("Are they loud?")
    assert ENGLISH.put("Are they loud?", reference, "the X-200") == ""
    assert ENGLISH.put("Are they loud?", reference, "grinders") == "Are grinders loud?"


def test_names_are_joined_as_in_a_sentence() -> None:
    assert ENGLISH.joined([]) == ""
    assert ENGLISH.joined(["A"]) == "A"
    assert ENGLISH.joined(["A", "B", "C"]) == "A, B and C"


def test_content_words_leave_out_what_only_asks() -> None:
    assert content_words("Please tell me more about the steam pressure") == ["steam", "pressure"]
