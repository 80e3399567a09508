"""What the assistant says without a model: refusals, questions back, greetings, and words around a hand-over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "greeting": {
        "en": "Hello! What would you like to know? I answer from the documents and systems that you may read, with sources.",
        "zh": "您好！请问有什么可以帮您？我会依据您有权查看的资料和系统作答，并注明出处。",
    },
    "thanks": {"en": "You are welcome. Is there anything else?", "zh": "不客气。还有其他可以帮您的吗？"},
    "goodbye": {"en": "Goodbye, and thank you for writing.", "zh": "再见，感谢您的咨询。"},
    "about": {
        "en": "I am an assistant, not a person. Ask me in your own words about products, orders, documents or service: I look it "
        "up, answer with the exact source, and say so when I find nothing. You can ask for a person at any time.",
        "zh": "我是智能助手，不是真人。您可以用自己的话询问产品、订单、文档或服务，我会查找资料、注明出处作答，查不到时会如实告知。"
        "您也可以随时要求转接人工。",
    },
    "yes": {"en": "Gladly. What would you like to know?", "zh": "好的，请问您想了解什么？"},
    "no": {"en": "All right. I am here if you need anything else.", "zh": "好的。如有其他需要，请随时告诉我。"},
    "started_over": {
        "en": "All right, we start afresh. What would you like to know?",
        "zh": "好的，我们重新开始。请问您想了解什么？",
    },
    "not_found": {
        "en": "I found nothing about “{question}” in the sources that you may read{places}. {next}",
        "zh": "在您有权查看的资料中{places}，没有找到与“{question}”有关的内容。{next}",
    },
    "weak_evidence": {
        "en": "I looked for “{question}” in the sources that you may read{places}, but none of them answers it, "
        "and I would rather not guess. {next}",
        "zh": "我在您有权查看的资料中{places}查找了“{question}”，但没有资料能够回答，因此不便猜测。{next}",
    },
    "named_thing_missing": {
        "en": "I found nothing about {thing} in the sources that you may read{places}. Please check how it is written. {next}",
        "zh": "在您有权查看的资料中{places}，没有找到“{thing}”的记录，请核对一下是否写对。{next}",
    },
    "next_customer": {
        "en": "You can say it in other words, or shall I connect you with a colleague?",
        "zh": "您可以换一种说法再问一次，或者需要我为您转接人工同事吗？",
    },
    "next_staff": {
        "en": "You can ask in other words, or name the product, order or document more exactly.",
        "zh": "您可以换一种说法，或更具体地说明产品、订单或文档。",
    },
    "twice": {
        "en": "I could not answer twice in a row, so I am connecting you with a colleague, who can see what we have talked about.",
        "zh": "我连续两次没能回答您的问题，现在为您转接人工同事，对方可以看到我们的对话。",
    },
    "wish": {
        "en": "Of course. I am connecting you with a colleague, who can see what we have talked about.",
        "zh": "好的，现在为您转接人工同事，对方可以看到我们的对话。",
    },
    "position": {"en": "You are number {position} in line.", "zh": "您当前排在第 {position} 位。"},
    "still_waiting": {
        "en": "I have added this for the colleague who will take over. You are number {position} in line.",
        "zh": "已为即将接手的同事补充了您的消息。您当前排在第 {position} 位。",
    },
    "which": {"en": "Which one do you mean?", "zh": "请问您指的是哪一个？"},
    "underspecified": {
        "en": "I am not sure what this is about. Could you say which product, order or subject you mean?",
        "zh": "我还不确定您问的是什么，能说明一下是哪个产品、订单或哪方面的问题吗？",
    },
    "declined": {
        "en": "Without it I cannot look this up. Shall I connect you with a colleague who can?",
        "zh": "没有它我无法查询。需要我为您转接可以处理的同事吗？",
    },
    "cut_short": {
        "en": "(The language model stopped before the end; this is what it had said until then.)",
        "zh": "（语言模型在中途停止，以上是已经生成的内容。）",
    },
    "quoted": {
        "en": "(The language model does not answer at the moment, so these are the words of the sources.)",
        "zh": "（语言模型暂时无法应答，以下为资料原文。）",
    },
}
_NAMED_SOURCES = 4


def say(name: str, language: str, **values: object) -> str:
    """The words of that name in `language` ("zh", else English), with what stands in braces replaced."""
    text = _TEXTS[name]["zh" if language == "zh" else "en"]
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text


def refusal(reason: str, language: str, question: str, sources: Sequence[str], *, thing: str = "", staff: bool) -> str:
    """Why there is no answer: what was searched, where, and what the person can do."""
    following = say("next_staff" if staff else "next_customer", language)
    asked = " ".join(question.split())
    shown = asked if len(asked) <= 160 else f"{asked[:159]}…"
    return say(reason, language, question=shown, places=_places(sources, language), next=following, thing=thing)


def question_back(options: Sequence[str], language: str) -> str:
    """Which of several meanings, as a numbered list; without any, what is missing."""
    if not options:
        return say("underspecified", language)
    return "\n".join([say("which", language), *(f"{at}. {option}" for at, option in enumerate(options, 1))])


def _places(sources: Sequence[str], language: str) -> str:
    """The sources searched, in brackets; "" where there is none."""
    if not sources:
        return ""
    named = list(sources[:_NAMED_SOURCES])
    more = len(sources) - len(named)
    if language == "zh":
        return f"（{'、'.join(named)}{f'等 {len(sources)} 个来源' if more else ''}）"
    return f" ({', '.join(named)}{f' and {more} more' if more else ''})"
