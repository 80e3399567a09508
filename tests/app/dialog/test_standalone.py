"""From a message in a conversation to the question that is searched, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dialog.session import Session, Turn
from app.dialog.standalone import standalone
from retrieval.model import Question
from tests.app.dialog.passages import HOTELS, PRODUCTS, Knowledge, talked

X200 = ("Tell me about the X-200.", "It is an espresso machine for the home.")
LIST = ("Which espresso machines are there?", "There are the X-200 and the X-300.")
HOTEL = ("请推荐一家有早餐的酒店", "推荐湖滨酒店。")
HOTEL_LIST = ("有哪些酒店？", "有湖滨酒店、西湖宾馆(南山店)。")


async def question(asked: str, *before: str) -> str:
    knowledge = Knowledge(*PRODUCTS, *HOTELS)
    found = await standalone(talked(*before), asked, knowledge.judge)
    assert len(knowledge.asked) <= 4
    return found.text


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("and what does it weigh?", "What does the X-200 weigh?"),
        ("What is its price?", "What is the X-200’s price?"),
        ("Can I return it?", "Can I return the X-200?"),
        ("Does this machine need a filter?", "Does the X-200 need a filter?"),
        ("And the price?", "The price of X-200?"),
        ("Does it fit the M2?", "Does the X-200 fit the M2?"),
    ],
)
async def test_english_words_that_point_back_become_the_name(asked: str, expected: str) -> None:
    assert await question(asked, *X200) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("它的电话是多少？", "湖滨酒店的电话是多少？"),
        ("好的，这家酒店在哪里？", "湖滨酒店在哪里？"),
        ("该酒店有泳池吗？", "湖滨酒店有泳池吗？"),
        ("酒店有停车场吗？", "湖滨酒店有停车场吗？"),
        ("那地址呢？", "湖滨酒店的地址"),
    ],
)
async def test_chinese_words_that_point_back_become_the_name(asked: str, expected: str) -> None:
    assert await question(asked, *HOTEL) == expected


@pytest.mark.parametrize(
    ("before", "asked", "expected"),
    [
        (LIST, "Which of them is cheaper?", "Which of X-200 and X-300 is cheaper?"),
        (LIST, "What does the second one weigh?", "What does X-300 weigh?"),
        (LIST, "Do they need a filter?", "Do X-200 and X-300 need a filter?"),
        (HOTEL_LIST, "这些酒店有早餐吗？", "湖滨酒店、西湖宾馆(南山店)有早餐吗？"),
        (HOTEL_LIST, "其中哪个有泳池？", "湖滨酒店、西湖宾馆(南山店)：其中哪个有泳池？"),
        (HOTEL_LIST, "第二家的电话是多少？", "西湖宾馆(南山店)的电话是多少？"),
        (HOTEL_LIST, "最后一家的电话是多少？", "西湖宾馆(南山店)的电话是多少？"),
    ],
)
async def test_a_list_is_meant_whole_or_by_its_place(before: tuple[str, ...], asked: str, expected: str) -> None:
    assert await question(asked, *before) == expected


async def test_another_name_takes_the_place_of_the_one_before() -> None:
    assert await question("And the X-300?", "What does the X-200 weigh?", "9 kg.") == "What does the X-300 weigh?"
    assert await question("那楼外楼呢？", "湖滨酒店在哪里？", "在湖滨路1号。") == "楼外楼在哪里？"


async def test_the_question_that_was_searched_before_counts_not_its_short_form() -> None:
    turns = (*talked(*X200).turns, Turn("user", "And its weight?", question="How heavy is the X-200?"))
    found = await standalone(Session("s", turns), "What about the X-300?", Knowledge(*PRODUCTS).judge)
    assert found.text == "How heavy is the X-300?"


@pytest.mark.parametrize(
    ("before", "asked", "expected"),
    [
        ("Where is my order 20391?", "When will it arrive?", "When will order 20391 arrive?"),
        ("Where is ORD-7781?", "Can I cancel it?", "Can I cancel ORD-7781?"),
        ("订单20391到哪里了？", "它什么时候到？", "订单20391什么时候到？"),
        ("SO-5512 发货了吗？", "那它的金额是多少？", "那SO-5512的金额是多少？"),
    ],
)
async def test_identifiers_are_carried_over(before: str, asked: str, expected: str) -> None:
    assert await question(asked, before, "…") == expected


@pytest.mark.parametrize(
    "asked",
    [
        "What is the return policy?",
        "Who is Ada Lind?",
        "Is it possible to pay in instalments?",
        "How long does it take to get a refund?",
        "Which coffee beans are roasted in your shop in Hamburg?",
        "退货政策是什么？",
        "请再推荐一家餐馆",
        "你们公司在上海的门店周末几点开始营业？",
    ],
)
@pytest.mark.parametrize("before", [X200, HOTEL])
async def test_a_question_on_something_else_stays_as_it_is(before: tuple[str, ...], asked: str) -> None:
    assert await question(asked, *before) == asked


async def test_somebody_is_not_taken_for_something() -> None:
    asked = "When does she answer mail?"
    assert (
        await question(asked, "Who is Ada Lind?", "Ada Lind runs the repair shop.") == "When does Ada Lind answer mail?"
    )
    assert await question(asked, *X200) == asked


async def test_the_latest_topic_is_meant() -> None:
    before = ("What does the X-200 weigh?", "9 kg.", "Tell me about the grinder M2.", "It has steel burrs.")
    assert await question("How much does it cost?", *before) == "How much does the Grinder M2 cost?"


async def test_the_first_message_is_searched_as_it_is_without_asking_the_index() -> None:
    knowledge = Knowledge(*PRODUCTS)
    assert await standalone(Session("s"), " and it? ", knowledge.judge) == Question(" and it? ", unresolved="it")
    assert knowledge.asked == []


async def test_what_was_put_aside_is_not_meant() -> None:
    session = talked(*X200).started_over()
    assert await standalone(session, "What does it weigh?", Knowledge(*PRODUCTS).judge) == Question(
        "What does it weigh?", unresolved="it"
    )


async def test_what_the_user_asked_before_is_the_context() -> None:
    found = await standalone(talked("a", "b", "c", "d", "e", "f", "g", "h"), "why?", Knowledge().judge)
    assert found.context == ("c", "e", "g")


async def test_a_long_message_is_taken_as_it_stands() -> None:
    knowledge = Knowledge(*PRODUCTS)
    asked = "It leaks. " * 60
    assert (await standalone(talked(*X200), asked, knowledge.judge)).text == asked
    assert knowledge.asked == []


_SAID = st.lists(
    st.sampled_from(
        [
            *X200,
            *LIST,
            *HOTEL,
            *HOTEL_LIST,
            "它",
            "it",
            "this",
            "第二个",
            "the last one",
            "那呢？",
            "And?",
            "20391",
            " ",
            "的",
        ]
    )
    | st.text(max_size=30),
    max_size=5,
).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(before=st.lists(_SAID, max_size=6), asked=_SAID | st.text())
async def test_any_conversation_gives_a_question(before: list[str], asked: str) -> None:
    knowledge = Knowledge(*PRODUCTS, *HOTELS)
    found = await standalone(talked(*before), asked, knowledge.judge)
    assert bool(found.text.strip()) == bool(asked.strip())
    assert len(knowledge.asked) <= 4
