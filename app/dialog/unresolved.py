"""Words that point to something which was never named: "this machine" where no machine was talked about."""

from __future__ import annotations

import re

from retrieval.terms import segmented, term_set

_ENGLISH = re.compile(
    r"\b(?P<which>this|that|these|those)\s+(?P<words>[a-z][\w'-]*(?:\s+[a-z][\w'-]*){0,3})", re.IGNORECASE
)
_JOINS = re.compile(
    r"\b(?:is|was|are|were|will|would|can|could|should|must|may|might|do|does|did|have|has|had|i|you|we|he|she|it|they|the|a|an|my|"
    r"your|our|and|or|but|if|in|on|at|to|for|of|with|from|by|as|there|be|been|not|all|way|time|year|month|week|day|morning|"
    r"evening|afternoon|moment|point|case|kind|type|sort|kinds|types|sorts|much|many|different|similar|true|possible|right|good|ok|okay|"
    r"safe|legal|correct|necessary|important|what|when|where|which|who|how|why)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her|hers)\b", re.IGNORECASE)
_EXPLETIVE = re.compile(
    r"\bit(?:'s| is| was| takes?| costs?| works?)?\s+(?:\w+\s+){0,2}(?:to|that|like|for|when|if)\b|\bis it\b"
    r"|\bdoes it (?:take|cost|work)\b",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?:这|那)(?:一)?(?:家|个|款|台|件|种|处|座|间|条|份|部|项|位|所|套|只|辆|张|类)(?P<noun>[\u3400-\u9fff]{1,4})|(?:该|此)(?P<short>[\u3400-\u9fff]{2,4})"
)
_CHINESE_PRONOUN = re.compile(r"\A[^，。？！]{0,4}[它他她]们?")
_OPENING = re.compile(r"(?:请问|你好|您好|麻烦|那么?|我?想?(?:问|知道|了解)(?:一下|下)?|关于|对于|[\s，,。！!])*")
"""In a Chinese message what else stands before a reference is mostly what it refers to."""
_NOT_THINGS = re.compile(r"问题|时候|样|月|周|星期|礼拜|季度|年|天|情况|地方|意思|话|事")


def unresolved(text: str, said: str) -> str:
    """The words of `text` that neither it nor what was `said` before explains; "" where all is clear.

    A noun behind "this" must have been said before; a pronoun needs only that anything was said.
    """
    known = term_set(said)
    for match in _ENGLISH.finditer(text):
        named = _JOINS.split(match["words"])[0].strip()
        nouns = term_set(named)
        if nouns and not nouns & (known | term_set(text[: match.start()])):
            return f"{match['which']} {named}"
    found = _CHINESE.search(text)
    if found and _OPENING.fullmatch(text[: found.start()]):
        noun = segmented(found["noun"] or found["short"])[0]
        if len(noun) > 1 and not _NOT_THINGS.match(noun) and noun not in said:
            return text[found.start() : found.start("noun" if found["noun"] else "short") + len(noun)]
    if said.strip():
        return ""
    bare = _PRONOUN.search(text)
    if bare and not _EXPLETIVE.search(text) and len(term_set(text[: bare.start()])) < 2:
        return bare[0]
    chinese = _CHINESE_PRONOUN.match(text)
    return chinese[0] if chinese else ""
