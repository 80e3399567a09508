"""When there is an answer, when none, and when a question comes back."""

from __future__ import annotations

import pytest

from retrieval.confidence import Decision, calibrations, confident
from retrieval.evidence import Gatherer
from retrieval.evidence_features import FEATURES
from retrieval.model import Passage, Question
from tests.retrieval.passages import passage
from tests.retrieval.test_quoting import Away, Letters


def found(text: str, document: str = "d1", **more: object) -> Passage:
    """A passage that both searches put first."""
    scores = {"score": 1.0, "similarity": 0.9, "lexical": 30.0, "heading": ""}
    return passage(text, document, **{**scores, **more})  # type: ignore[arg-type]


async def decided(question: Question, passages: list[Passage], embedder: object = None) -> Decision:
    evidence = await Gatherer(embedder or Away()).gather(question, passages)  # type: ignore[arg-type]
    return confident(question, passages, evidence)


async def test_nothing_found_is_refused() -> None:
    assert await decided(Question("What is it?"), []) == Decision("refuse", 0.0, "not_found")


@pytest.mark.parametrize("embedder", [Away(), Letters()])
@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How heavy is the Piccola machine?", "The Piccola machine is 9 kg heavy."),
        ("皮科拉咖啡机的重量是多少？", "皮科拉咖啡机的重量是 9 公斤。"),
    ],
)
async def test_what_is_said_word_for_word_is_surer_than_what_is_not(question: str, text: str, embedder: object) -> None:
    sure = await decided(Question(question), [found(text)], embedder)
    away = found("The board met in Oslo. 董事会在奥斯陆开会。", score=0.4, similarity=0.7, lexical=0.0)
    unsure = await decided(Question(question), [away], embedder)
    assert sure.confidence > unsure.confidence
    assert (sure.kind, unsure.kind) == ("answer", "refuse")


async def test_words_that_nobody_explained_are_asked_about() -> None:
    question = Question("Does this library open on Sunday?", unresolved="this library")
    passages = [
        found("It opens on Sunday.", title="North Library"),
        found("It is closed.", "d2", title="South Library"),
    ]
    decision = await decided(question, passages)
    assert (decision.kind, decision.reason) == ("clarify", "ambiguous")
    assert decision.options == ("North Library", "South Library")
    assert (await decided(question, passages[:1])).reason == "underspecified"


async def test_several_records_that_answer_equally_well_are_offered() -> None:
    passages = [
        found(f"- Warranty: {12 * number} months", f"d{number}", title=f"Machine {name}")
        for number, name in enumerate(("Ada", "Bea", "Cleo"), 1)
    ]
    decision = await decided(Question("What is the warranty?"), passages)
    assert (decision.kind, decision.options) == ("clarify", ("Machine Ada", "Machine Bea", "Machine Cleo"))
    named = await decided(Question("What is the warranty of Machine Bea?"), passages)
    assert named.kind != "clarify"


def test_every_model_knows_its_features_and_a_threshold_between_nothing_and_all() -> None:
    models = calibrations()
    assert set(models) == {"en", "zh", "en-words", "zh-words"}
    for model in models.values():
        assert set(model.weights) <= set(FEATURES)
        assert 0 < model.threshold < 1
    assert set(models["en"].weights) == set(FEATURES)
