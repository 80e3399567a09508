"""Features of an English sentence."""

from __future__ import annotations

from functools import cache

from retrieval.injection import patterns
from retrieval.injection.patterns import VERBS, WORD, words

_LEADS = 4
_OPENERS = """please now also then next additionally kindly finally just hey ok okay important urgent attention warning
seamlessly quietly secretly immediately to never do don't let be make ensure consider remember keep try feel it your you
i in within throughout with at from without for help let's how can could what who why when where which is"""
_GIVEAWAYS = "snippet codebase ignore disregard pretend roleplay base64 anagram typos emoji translate password"
_COMMON = "message text statement summary system model context command commands policy policies explanation"
_LISTED = ("creative_noun", "language", "transform", "programming", "assistant", "reader", "urgency", "secrecy")
_PERSONS = ("first_person", "speaker", "second_person")
_ANSWERING = frozenset(
    {"answer", "answer's", "reply", "reply's", "respond", "response's", "message's", "words", "explanation"}
)
_CONTACT = frozenset({"to", "us", "our"})
"""After a verb: write to, call us, ask our team."""
_WHAT_RULES = frozenset({"everything", "above", "previous", "prior", "task", "told"})


def may_address(lowered: str) -> bool:
    """Whether a sentence may be more than information: it opens as an order, or names what assistants have."""
    said = WORD.findall(lowered)
    if not said:
        return False
    openers, anywhere = _cues()
    return said[0] in openers or not anywhere.isdisjoint(said)


@cache
def _cues() -> tuple[frozenset[str], frozenset[str]]:
    lists = words("english")
    verbs = frozenset().union(*(lists[kind] for kind in VERBS))
    telling = lists["answer_noun"] | lists["assistant"] | lists["rules_noun"] | lists["secrecy"]
    return verbs | frozenset(_OPENERS.split()), telling - frozenset(_COMMON.split()) | frozenset(_GIVEAWAYS.split())


def features(text: str) -> dict[str, float]:
    """Features of a sentence in lower case."""
    lists = words("english")
    head = _head(text)
    said = WORD.findall(text)
    there = set(said)
    opening, after = (*WORD.findall(head[:60]), "", "")[:2]
    contact = after in _CONTACT
    answering = not there.isdisjoint(lists["answer_noun"] | _ANSWERING)
    ruling = not there.isdisjoint(lists["rules_noun"] | _WHAT_RULES)
    found = {
        "led": head != text,
        "answer_owned": answering and patterns.OWNED.search(text) is not None,
        "in_answer": answering and patterns.IN_ANSWER.search(text) is not None,
        "your_work": "your" in there and patterns.YOUR_WORK.search(text) is not None,
        "code_reference": not there.isdisjoint(lists["code_noun"]) and patterns.CODE_REFERENCE.search(text) is not None,
        "asks_me": patterns.ASKS_ME.match(text) is not None,
        "how_i": patterns.HOW_I.match(text) is not None,
        "knowledge": text.endswith("?") and patterns.KNOWLEDGE.match(text) is not None,
        "question": text.rstrip("\"')").endswith("?") and bool(said) and said[0] in lists["question"],
        "override_phrase": ruling and patterns.OVERRIDE.search(text) is not None,
        "leak": ruling and patterns.LEAK.search(text) is not None,
        "persona": patterns.PERSONA.search(text) is not None,
        "person": not there.isdisjoint(lists["first_person"] | lists["second_person"]),
        "short": len(said) <= 14,
        "long": len(said) > 35,
    }
    found |= {f"head_{kind}": opening in lists[kind] and not contact for kind in VERBS}
    found |= {kind: not there.isdisjoint(lists[kind]) for kind in (*_LISTED, *_PERSONS)}
    found["secrecy"] = found["secrecy"] or patterns.SECRECY.search(text) is not None
    return {**found, "service": min(1.0, len(there & lists["service"]) / 3)}


def _head(text: str) -> str:
    """The sentence from its verb on: without "please", "make sure to", "in your answer," and the like."""
    head = text
    for _ in range(_LEADS):
        cut = patterns.LEAD.sub("", head, count=1)
        if cut == head:
            break
        head = cut
    return head
