"""What speaks for and against a sentence being an instruction to the assistant, as named numbers between 0 and 1."""

from __future__ import annotations

import base64
import binascii

from retrieval.injection import chinese, english, patterns
from retrieval.injection.patterns import HAN
from retrieval.injection.segments import Segment
from retrieval.injection.surroundings import Surroundings

TO_A_MODEL = frozenset(
    {"override_phrase", "leak", "persona", "role_marker", "secrecy", "send_out", "encoded", "hidden", "head_override"}
)
"""Ways to turn an assistant around; questions and requests are what people's messages are for."""
_ORDERS = ("head_edit", "head_create", "head_explain", "head_speak", "head_perform")
_MANY_LINES = 12
_ENDS = (".", "?", "!", "。", "？", "！", ":", "：")


def may_address(segment: Segment) -> bool:
    """Whether a sentence may be more than information for a reader.

    A cheap look at every sentence; most of a text is not looked at any further.
    """
    text = segment.plain
    if segment.hidden or text.endswith(("?", "？", '?"', "?”")) or patterns.ODD_MARK.search(text):
        return True
    return english.may_address(text.lower()) or (not text.isascii() and chinese.may_address(text))


def features(segment: Segment, around: Surroundings, *, fence_follows: bool) -> dict[str, float]:
    """Features that are not 0, by name."""
    text = segment.plain
    lowered = text.lower()
    in_chinese = not text.isascii() and 3 * len(HAN.findall(text)) > len(text)
    found = dict(chinese.features(text) if in_chinese else english.features(lowered))
    found |= _marks(segment, lowered, around)
    found["fence_follows"] = fence_follows
    found["other_language"] = in_chinese != around.han and len(text) > 12
    return {
        name: float(value) for name, value in (found | _together(found, segment, around, in_chinese)).items() if value
    }


def _together(found: dict[str, float], segment: Segment, around: Surroundings, in_chinese: bool) -> dict[str, float]:  # noqa: FBT001
    """What features say in company."""
    owned = bool(found.get("answer_owned") or found.get("in_answer"))
    if around.lines > 1:
        unrelated = around.unrelated(segment, chinese=in_chinese)
    else:  # a title, a name, a message: with nothing around, only what speaks to an assistant stands out
        unrelated = float(owned or any(found.get(name) for name in TO_A_MODEL))
    asks = bool(found.get("question") or found.get("asks_me"))
    orders = any(found.get(name) for name in _ORDERS)
    odd = around.lines >= 4 and (
        (2 * around.rows >= around.lines and not segment.cell) or (2 * around.code >= around.lines and not segment.code)
    )
    wholly = float(unrelated > 0.99) * min(1.0, around.lines / _MANY_LINES)
    return {
        "unrelated": unrelated,
        "unrelated_question": unrelated * asks,
        "unrelated_order": unrelated * orders,
        "wholly_unrelated_question": wholly * asks,
        "wholly_unrelated_order": wholly * orders,
        "order_to_answer": float(owned and (orders or bool(found.get("head_override")))),
        "create_work": found.get("head_create", 0) * found.get("creative_noun", 0),
        "explain_unrelated": found.get("head_explain", 0) * unrelated,
        "transform_answer": found.get("transform", 0) * (owned or orders),
        "code_order": found.get("code_reference", 0)
        * (orders or bool(found.get("your_work")) or found["fence_follows"]),
        "knowledge_alone": unrelated * found.get("knowledge", 0) * (not found.get("person")),
        "odd_line": odd,
        "odd_ask": odd * (asks or orders),
    }


def _marks(segment: Segment, lowered: str, around: Surroundings) -> dict[str, float]:
    """What is told from marks rather than words."""
    text = segment.plain
    linked = patterns.URL.search(lowered) is not None
    return {
        "bias": True,
        "role_marker": patterns.ROLE_MARKER.search(text) is not None,
        "special_token": patterns.SPECIAL_TOKEN.search(text) is not None,
        "override_plain": patterns.OVERRIDE_PLAIN.search(lowered) is not None,
        "say_in": patterns.SAY_IN.search(lowered) is not None,
        "url": linked,
        "send_out": linked
        and (patterns.SEND_OUT.search(lowered) or patterns.LEAKING_IMAGE.search(lowered)) is not None,
        "quoted": patterns.QUOTED.search(text) is not None,
        "heading": patterns.HEADING.match(text) is not None,
        "encoded": encoded_words(text) or patterns.BACKWARDS.search(lowered) is not None,
        "hidden": segment.hidden or patterns.MARKUP_HIDES.search(text) is not None,
        "whole_line": segment.whole_line and around.lines > 1,
        "at_edge": segment is around.first or segment is around.last,
        "cell": segment.cell,
        "code_line": segment.code,
        "questions_around": min(1.0, max(0, around.questions - 1) / 3),
        "ends": lowered.endswith(_ENDS),
    }


def encoded_words(text: str) -> bool:
    """Whether `text` holds base64 of readable words: nobody writes to readers like that."""
    for match in patterns.BLOB.finditer(text):
        try:
            raw = base64.b64decode(match[0] + "=" * (-len(match[0]) % 4), validate=True)
            decoded = raw.decode("utf-8")
        except (binascii.Error, ValueError):
            continue
        if decoded.isprintable() and (" " in decoded or HAN.search(decoded)):
            return True
    return False
