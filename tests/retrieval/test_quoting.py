"""The quoting model answers with the sentences that carry the answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.citations import bind
from retrieval.errors import UnavailableError
from retrieval.evidence import Gatherer
from retrieval.llm import Generation, TextPiece, Usage
from retrieval.model import Passage
from retrieval.prompt import Prompt
from retrieval.quoting import QuotingModel, question_parts
from retrieval.store import Vectors
from tests.retrieval.passages import passage

PICCOLA = passage(
    "# Piccola (TB-100)\n\nCompact machine for small kitchens. It heats up in 6 minutes.\n\n"
    "- Price: 649.00 EUR incl. tax\n- Warranty: 24 months\n- Weight: 8.40 kg",
    title="Piccola (TB-100)",
    heading="",
)
GUIDE = passage(
    "## Descaling\n\nScale slows the water. Do this once a month:\n\n1. Take out the filter.\n"
    "2. Pour descaler into the tank.\n3. Press RINSE.\n\nThe machine is then clean.",
    "d2",
    title="Descaling guide",
    heading="",
)
CODES = passage(
    "| Code | Error | What to do |\n|---|---|---|\n| E04 | Boiler cold | Reset the thermostat |\n"
    "| E05 | Boiler too hot | Let it cool |",
    "d3",
    title="Error codes",
    heading="",
)
CHINESE = passage(
    "皮科拉适合小厨房。价格：5060 元（含税）。保修期为 24 个月。", "d4", title="皮科拉", language="zh", heading=""
)
SHOWN = (PICCOLA, GUIDE, CODES, CHINESE)


class Away:
    """An embedding server that does not answer: words alone must do."""

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        raise UnavailableError("embedding server")


class Letters:
    """Vectors by the letters of a text: enough for sentences to be nearer or farther."""

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        counted = np.zeros((len(texts), 64), np.float32)
        for row, text in enumerate(texts):
            for character in text.lower():
                counted[row, ord(character) % 64] += 1
        return np.asarray(counted / (np.linalg.norm(counted, axis=1, keepdims=True) + 1e-9), dtype=np.float32)


async def said(question: str, language: str = "en", shown: Sequence[Passage] = SHOWN, embedder: object = None) -> str:
    """The answer as it is shown: bound to its sources."""
    model = QuotingModel(Gatherer(embedder or Away()).gather)  # type: ignore[arg-type]
    prompt = Prompt("answer/en/1", (), question, language, tuple(shown), 0)
    pieces = [piece async for piece in model.stream(prompt, Generation())]
    assert isinstance(pieces[-1], Usage)
    text = "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))
    bound = bind(text, shown, question)
    assert bound.unsupported == ()
    return bound.text


@pytest.mark.parametrize("embedder", [Away(), Letters()])
async def test_a_field_is_said_with_what_it_is_about(embedder: object) -> None:
    assert await said("What does the Piccola cost?", embedder=embedder) == (
        "Piccola (TB-100) – Price: 649.00 EUR incl. tax [1]"
    )


async def test_a_row_is_said_with_the_names_of_its_columns() -> None:
    assert "Code: E05, Error: Boiler too hot, What to do: Let it cool [1]" in await said("What does E05 mean?")


async def test_how_to_is_answered_with_all_steps_in_order() -> None:
    told = await said("How do I descale with descaler?")
    places = [told.index(step) for step in ("1. Take out", "2. Pour", "3. Press RINSE")]
    assert places == sorted(places)


async def test_chinese_is_answered_in_chinese_where_a_source_has_it() -> None:
    assert await said("皮科拉多少钱？", "zh") == "价格：5060 元（含税）。[1]"


async def test_a_question_of_two_parts_gets_both_answers() -> None:
    told = await said("How heavy is the Piccola, and what does it cost?")
    assert "8.40 kg" in told
    assert "649.00 EUR" in told


async def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    told = await said("How fast is the compact machine heating up in minutes?")
    assert "Compact machine for small kitchens." in told


async def test_the_same_said_twice_is_said_once() -> None:
    twin = passage(PICCOLA.text, "d9", title=PICCOLA.title, heading="")
    assert (await said("What does the Piccola cost?", shown=(PICCOLA, twin))).count("649.00") == 1


async def test_without_sentences_nothing_is_said() -> None:
    assert await said("What?", shown=(passage("---", heading="", title=""),)) == ""
    assert await said("What?", shown=()) == ""


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Which fits, and what does it cost?", ["Which fits", "what does it cost?"]),
        ("Salt and pepper?", ["Salt and pepper?"]),
        ("哪个手柄适合皮科拉，多少钱？", ["哪个手柄适合皮科拉", "多少钱？"]),
        ("", [""]),
    ],
)
def test_questions_are_parted_where_another_begins(question: str, parts: list[str]) -> None:
    assert question_parts(question) == parts


@given(st.text(max_size=120), st.lists(st.text(max_size=300), max_size=3), st.sampled_from(["en", "zh"]))
async def test_whatever_is_asked_only_words_of_the_sources_are_said(
    question: str, texts: list[str], language: str
) -> None:
    shown = [passage(text, f"d{at}", title="T", heading="") for at, text in enumerate(texts)]
    await said(question, language, shown)


THREAD = passage(
    "# T-1: Descaling was cut off\n\n2026-09-18 03:40 Chen (customer): The power failed, it shows E22, start does "
    "nothing.\n\n2026-09-18 04:30 Liu (Tassberg): Fill the tank, then hold RINSE for 10 s; start works again.",
    "d9",
    title="T-1: Descaling was cut off",
    heading="",
)
ERRORS = passage(
    "E14 means that the pressure is above 12 bar: grind coarser. If E14 comes back, call a technician. "
    "E18 means that the valve does not close.",
    "d10",
    title="Manual",
    heading="",
)


async def test_in_a_thread_the_answer_counts_before_the_question() -> None:
    told = await said("It shows E22 and start does nothing, what now?", shown=[THREAD])
    assert told.startswith("2026-09-18 04:30 Liu (Tassberg): Fill the tank")


async def test_an_explanation_ends_where_the_next_thing_begins() -> None:
    told = await said("What does E14 mean?", shown=[ERRORS], embedder=Letters())
    assert "grind coarser" in told
    assert "E18" not in told


async def test_a_row_answers_by_the_name_of_its_column() -> None:
    tiers = passage(
        "| Tier | Fee | Response |\n|---|---|---|\n| Silver | 99 EUR | 24 hours |\n| Gold | 189 EUR | 4 hours |",
        title="Contracts",
        heading="",
    )
    told = await said("What is the response time of the gold tier?", shown=[tiers])
    assert told.splitlines()[0] == "Contracts – Tier: Gold, Fee: 189 EUR, Response: 4 hours [1]"
    assert "Tier, Fee, Response" not in told


def test_a_condition_before_a_question_is_no_question() -> None:
    assert question_parts("除垢中断后显示 E22，怎么继续？") == ["除垢中断后显示 E22，怎么继续？"]
    assert len(question_parts("皮科拉多少钱，多重？")) <= 2
    assert len(question_parts("Which portafilter fits, and what does it cost?")) == 2


async def test_a_line_that_only_repeats_the_question_stands_for_what_follows_it() -> None:
    photo = passage("ERROR E14\n\nBrew pressure 12.8 bar.", "d8", title="Display of a machine", heading="")
    assert await said("What does error E14 mean?", shown=(photo,)) == "Brew pressure 12.8 bar. [1]"


FINE_MACHINES = passage(
    "Best for milk drinks, one after the other. The Aurora Duo comes before the Aurora in every test.",
    "d5",
    title="Selling Aurora and Aurora Duo",
    heading="",
)
PROFESSIONAL = passage(
    "## Meister 2\n\nDo not descale it yourself. A technician does it each year.",
    "d2",
    title="Descaling guide",
    heading="",
)


async def test_steps_under_a_title_that_names_the_action_are_the_way_to_do_it() -> None:
    told = await said("How do I descale the Aurora Duo?", shown=(FINE_MACHINES, GUIDE))
    assert told.startswith("Do this once a month:\n1. Take out the filter. [1]\n2. Pour")


@pytest.mark.parametrize("embedder", [Away(), Letters()])
async def test_who_is_told_not_to_is_not_told_how(embedder: object) -> None:
    told = await said("How do I descale the Meister 2?", shown=(GUIDE, PROFESSIONAL), embedder=embedder)
    assert told.startswith("Do not descale it yourself. [1]")
    assert "Pour" not in told


async def test_where_nothing_follows_an_echo_the_next_best_is_said() -> None:
    shown = (
        passage("Water filters of the Piccola\n\nRead more:", "d6", title="Water filters", heading=""),
        passage("It takes the filter WA-210, like others.", "d7", title="Piccola", heading=""),
    )
    assert "WA-210" in await said("Water filters of the Piccola", shown=shown)
