"""What people ask the sample enterprise: conversations of a question and its follow-ups, in English and Chinese."""

from __future__ import annotations

import random
from collections.abc import Sequence

from retrieval.terms import has_chinese

CONVERSATIONS: tuple[tuple[str, ...], ...] = (
    ("What does the Piccola cost?", "And how heavy is it?", "Which colours does it come in?"),
    (
        "The display shows E14 and no coffee comes out. What can I do?",
        "It came back after twenty shots. What now?",
        "What does the flow meter cost?",
    ),
    (
        "How long is the warranty of the Aurora Duo, and what is not covered?",
        "Are the burrs covered?",
        "How do I send a machine back?",
    ),
    ("How do I descale the machine?", "Can I use vinegar for it?", "How often must I do it with hard water?"),
    (
        "Which portafilter fits the Piccola, and what does it cost?",
        "And which one fits the Aurora?",
        "How many of them are in stock in Hamburg?",
    ),
    ("How loud is the Kontor?", "How many drinks can it make?", "What do its milk hoses cost?"),
    ("What does shipping to Switzerland cost?", "And how long does it take?", "What if the parcel is damaged?"),
    (
        "Can I run the Aurora Duo on the water line?",
        "Which pressure must the line have?",
        "Which filter do I need for it?",
    ),
    ("What does E22 mean?", "And E18?", "What is in the repair kit P-4010?"),
    (
        "What is the response time of the gold service contract?",
        "How many visits a year are included?",
        "How do I end such a contract?",
    ),
    ("How do I set the grind of the Mühle Duo?", "How large are its burrs?", "What does it cost?"),
    (
        "How hot should the water be for a light roast?",
        "And how much coffee goes into the basket?",
        "What pressure does the steam boiler have?",
    ),
    ("Which milk jug do you sell?", "How large is it?", "Do you have cups too?"),
    ("What is the difference between the Meister 2 and the Meister 3?", "How heavy are they?", "How are they shipped?"),
    ("皮科拉咖啡机多少钱？", "它有多重？", "预热要多久？"),
    ("除垢中断后显示 E22，怎么继续？", "可以用醋吗？", "除垢剂多少钱？"),
    ("金牌服务合同的响应时间是多少？", "银牌呢？", "怎么提前解约？"),
    ("七天无理由退货，已经通水的机器怎么收费？", "退款要多久？", "滤芯可以退吗？"),
    ("双锅炉和热交换有什么区别？", "极光双锅炉的噪音多大？", "它的价格是多少？"),
    ("咖啡豆开封后能放多久？", "要放冰箱吗？", "你们卖什么咖啡豆？"),
    ("可以用纯净水吗？", "水质硬度多少合适？", "滤芯多久换一次？"),
    ("机器的序列号在哪里？", "保修期多长？", "磨豆机的刀盘保修吗？"),
    ("在上海下单多久能送到？", "运费怎么算？", "怎么开发票？"),
    ("显示 E01 是什么意思？", "那 E21 呢？", "密封圈怎么换？"),
)
"""Each conversation's turns, in order; the later ones lean on the earlier."""

_IN_A_HURRY = 0.4
_OPENINGS = {
    "en": ("", "Hello! ", "Hi there. ", "One question. ", "Good morning. "),
    "zh": ("", "您好！", "你好。", "麻烦问一下。", "早上好。"),
}
_CLOSINGS = {
    "en": ("", " Thanks!", " Thank you.", " Many thanks.", " Thanks in advance."),
    "zh": ("", "谢谢！", "谢谢您。", "多谢。", "辛苦了。"),
}
_ENDS = {"?": ("?", " ?", "??", "?!", "", "…"), "？": ("？", "?", "？？", "？！", "", "…")}


def in_own_words(turns: Sequence[str], chance: random.Random) -> list[str]:
    """A conversation as one of many people would write it: whoever asks the same seldom writes the same."""
    language = "zh" if has_chinese(turns[0]) else "en"
    first, *further = (_written(turn, language, chance) for turn in turns)
    return [chance.choice(_OPENINGS[language]) + first, *further]


def _written(message: str, language: str, chance: random.Random) -> str:
    question = message[:-1] + chance.choice(_ENDS[message[-1]]) if message[-1] in _ENDS else message
    if chance.random() < _IN_A_HURRY:
        question = question[0].lower() + question[1:]
    return question + chance.choice(_CLOSINGS[language])
