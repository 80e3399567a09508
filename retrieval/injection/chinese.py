"""Features of a Chinese sentence, under the names of the English ones wherever they mean the same."""

from __future__ import annotations

from retrieval.injection.patterns import CJK_CUE, VERBS, words

_LEADS = 4
_LISTED = (
    *("override_phrase", "leak", "persona", "language", "transform", "programming", "assistant", "reader"),
    *("urgency", "secrecy", "first_person", "second_person"),
)


def may_address(text: str) -> bool:
    """Whether a sentence may be more than information."""
    return CJK_CUE.search(text) is not None


def features(text: str) -> dict[str, float]:
    """Features of a sentence."""
    lists = words("chinese")
    head = _head(text)
    asked = text.endswith(("？", "?")) and lists["question"].search(text) is not None
    found = {kind: lists[kind].search(text) is not None for kind in _LISTED}
    found |= {f"head_{kind}": lists[kind].match(head) is not None for kind in VERBS}
    found |= {
        "led": head != text,
        "answer_owned": lists["owned"].search(text) is not None,
        "code_reference": lists["code"].search(text) is not None,
        "knowledge": asked,
        "question": asked,
        "creative_noun": lists["creative"].search(text) is not None,
        "person": found["first_person"] or found["second_person"],
        "short": len(text) <= 28,
        "long": len(text) > 70,
    }
    return {name: float(value) for name, value in found.items()}


def _head(text: str) -> str:
    """The sentence from its verb on: without 请, 务必, 在你的回答里 and the like."""
    head = text
    for _ in range(_LEADS):
        match = words("chinese")["lead"].match(head)
        if match is None or not match[0]:
            break
        head = head[match.end() :]
    return head
