"""Evidence: which passages are read, and what their sentences are worth."""

from __future__ import annotations

import pytest

from retrieval.evidence import READ_PASSAGES, Evidence, Gatherer
from retrieval.model import Passage, Question
from tests.retrieval.passages import passage
from tests.retrieval.test_quoting import Away


async def gathered(question: str, passages: list[Passage]) -> Evidence:
    return await Gatherer(Away()).gather(Question(question), passages)


async def test_the_best_passages_are_read_wherever_they_stand() -> None:
    weak = [passage("Tea is made of leaves.", f"d{at}", score=0.3) for at in range(READ_PASSAGES)]
    best = passage("The Piccola has a steam wand.", "best", score=0.9)
    evidence = await gathered("Does the Piccola have a steam wand?", [*weak, best])
    assert {one.passage for one in evidence.sentences} == {*range(READ_PASSAGES - 1), READ_PASSAGES}
    assert max(evidence.sentences, key=lambda one: one.score).passage == READ_PASSAGES


@pytest.mark.parametrize(
    ("question", "texts", "answers"),
    [
        ("What does the Duo weigh?", ["Duo: quiet, 48 dB, 2,190 EUR.", "- Weight: 27.00 kg, tank: 2.8 L"], 1),
        ("How heavy is the Duo?", ["- Duo tank: 2.8 L", "- Duo weight: 27 kilograms"], 1),
        ("极光多重？", ["极光售价 17080 元，噪音 48 分贝。", "极光重量：27 公斤"], 1),
    ],
)
async def test_a_question_for_a_weight_is_answered_by_a_weight(question: str, texts: list[str], answers: int) -> None:
    passages = [passage(text, f"d{at}", title="Duo 极光", score=0.9) for at, text in enumerate(texts)]
    evidence = await gathered(question, passages)
    assert max(evidence.sentences, key=lambda one: one.score).passage == answers
