"""English: pronouns, demonstratives, ordinals, and messages that leave out what they are about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.dialog.grammar import Number, Reference
from retrieval.stop_words import ENGLISH_STOP_WORDS
from retrieval.terms import folded

_ELLIPTIC_WORDS = 3
"""A message without a verb, but of more content words than this, says itself what it is about."""
_FRAGMENT_WORDS = 6
_ANTECEDENT_WORDS = 2

_WORD = re.compile(r"[^\W\d_][\w'’-]*|\d[\w.-]*")
_EMPTY = """
    ask example explain find get give help know list mean need please show summary tell think want
    anything detail details else information kind kinds more much many often same something thing things type types
    actually also exactly just like long other others really specific specifically then well
    happen happened happens make possible true use used using
    best better different far good great last main new next old
    don't doesn't got i'm i've it's let's no ok okay said say says sure thank thanks that's what's who's yes
"""
_EMPTY_WORDS = ENGLISH_STOP_WORDS | frozenset(_EMPTY.split())
"""The stop words and more: words that do not say what a question is about."""

_PRONOUN = re.compile(
    r"\b(?P<word>it(?='s\b|\b)|its|itself|they(?='re\b|\b)|them|theirs?|these|those|he|she|him|his|hers?|this|that)\b",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"""
    \bthe\s+(?P<word>former|latter
      |(?:first|second|third|fourth|fifth|last)(?=\s+(?:one|option|choice|item|of\s+th(?:em|[eo]se))\b))
    (?:\s+(?:one|option|choice|item)\b)?(?:\s+of\s+(?:them|these|those)\b)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ORDINALS = {"first": 1, "former": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1, "latter": -1}
_DETERMINER = re.compile(
    r"\b(?P<which>this|that|these|those|the same|such an?|said)\s+(?P<noun>[a-z][\w-]*)", re.IGNORECASE
)
_VERBS = "also does mean means seem seems sound sounds want work works"
_TIMES = "case day evening moment month morning point reason season time way week year"
_NO_NOUNS = ENGLISH_STOP_WORDS | frozenset([*_VERBS.split(), *_TIMES.split()])
"""What follows "this" or "that" without naming a kind of thing that was spoken of."""

_PLURAL = frozenset({"they", "them", "their", "theirs", "these", "those"})
_PERSONS = frozenset({"he", "she", "him", "his", "her", "hers"})
_OWNERS = frozenset({"its", "their", "his"})

_STANDS_FOR_NOTHING = re.compile(
    r"""
      # it is hard to …, it's likely that …, is it safe to …, it takes an hour to …
      \bit\s+(?:is|was|would\s+be|will\s+be|seems?|looks?|feels?)\s+(?:\w+\s+){0,2}(?:that|to|like|for|when|if)\b
    | \bit's\s+(?:\w+\s+){0,2}(?:that|to)\b
    | \b(?:is|was|would|will)\s+it\s+(?:be\s+)?(?:\w+\s+){1,2}(?:that|to|for\s+\w+\s+to|if)\b
    | \bit\s+(?:costs?|takes?)\s+(?:[\w$€£.,]+\s+){0,4}to\b
      # it rains, I see it
    | \bit\s+(?:rains?|snows?)\b | \b(?:see|get|got)\s+it\b
      # that means …, that is why …
    | \b(?:that|this)\s+means?\b | \b(?:does|did)\s+(?:that|this)\s+mean\b
    | \b(?:that|this)(?:'s|\s+is|\s+was)\s+(?:fine|all|right|great|good|ok|okay|why|it|because|not)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_JOINS_NO_CLAUSE = re.compile(
    r"(?:\A|[.,;:!?]\s*|\b(?:about|after|and|before|but|by|can|did|do|does|for|from|how|in|is|like|of|on|so|than|to|was|why|with)\s+)\Z",
    re.IGNORECASE,
)
"""What stands before a "that" that points back; after anything else it may join a clause."""

_WHICH_OF_THEM = re.compile(
    r"\bwhich\s+(?:one|of\s+(?:them|these|those|the))\b|\b(?:among|between|out\s+of|one\s+of)\s+(?:them|these|those|the\s+two)\b"
    r"|\bthe\s+\w+est\s+(?:one|option|of\s+(?:them|these|those))\b",
    re.IGNORECASE,
)
_COURTESY = r"(?:ok(?:ay)?|yes|no|thanks|thank you|great|got it|i see)\b"
_OPENER = re.compile(rf"\A\W*(?:{_COURTESY}[\s,.!]*)*(?:and|but|or|so|also|then)\b[\s,]*", re.IGNORECASE)
_WHAT_ABOUT = re.compile(
    r"\A\W*(?:(?:and|but|so|then|ok(?:ay)?)[\s,]+)*(?:what|how)\s+about\s+|\A\W*(?:and|or)\s+", re.IGNORECASE
)
_VERB = re.compile(
    r"\b(?:am|is|are|was|were|be|been|do|does|did|have|has|had|can|could|will|would|shall|should|may|might|must|"
    r"tell|show|give|find|explain|describe)\b",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(
    r"\b(?:what|who|whom|whose|when|where|why|how|which|if|i|you|we|they|it|he|she)\b", re.IGNORECASE
)
_OWN_NAME = re.compile(r"(?<=[a-z,'’] )(?!I\b)[A-Z][\w-]+")


class English:
    """The rules of English."""

    def references(self, text: str) -> list[Reference]:
        """See `Grammar.references`."""
        empty = [match.span() for match in _STANDS_FOR_NOTHING.finditer(text)]

        def counts(match: re.Match[str]) -> bool:
            return not any(start <= match.start() < end for start, end in empty)

        found = [
            Reference(*match.span(), ordinal=_ORDINALS[match["word"].lower()]) for match in _ORDINAL.finditer(text)
        ]
        found += [_named(match) for match in _DETERMINER.finditer(text) if counts(match) and _names_a_kind(text, match)]
        for match in _PRONOUN.finditer(text):
            taken = any(one.start <= match.start() < one.end for one in found)
            if not taken and counts(match) and _points_back(text, match) and not _has_antecedent(text[: match.start()]):
                found.append(_pronoun(text, match))
        return sorted(found, key=lambda one: one.start)

    def asks_which(self, text: str) -> bool:
        """See `Grammar.asks_which`."""
        return _WHICH_OF_THEM.search(text) is not None

    def is_elliptic(self, text: str) -> bool:
        """Hardly a word that names something, or few and no verb; and no name of its own."""
        most = 1 if _VERB.search(text) else _ELLIPTIC_WORDS
        return len(content_words(text)) <= most and _OWN_NAME.search(text) is None

    def bare_nouns(self, _text: str, /) -> list[tuple[int, str]]:
        """None: a thing named before carries a determiner in English."""
        return []

    def fragment(self, text: str) -> str:
        """See `Grammar.fragment`."""
        rest = _WHAT_ABOUT.sub("", text, count=1)
        if rest == text or len(rest.split()) > _FRAGMENT_WORDS or _VERB.search(rest) or _QUESTION_WORD.search(rest):
            return ""
        return rest.strip(" ?!.")

    def put(self, text: str, reference: Reference, name: str) -> str:
        """See `Grammar.put`; "they" for a single thing gives no sentence."""
        single = reference.number == "many" and "," not in name and " and " not in name and not name.endswith("s")
        if single and not reference.owner:
            return ""
        owned = ("’" if name.endswith("s") else "’s") if reference.owner else ""
        return _tidied(f"{text[: reference.start]}{name}{owned}{text[reference.end :]}")

    def about(self, topic: str, text: str) -> str:
        """A fragment becomes "the price of X", everything else "X: how heavy?"."""
        part = self.fragment(text)
        if part.lower().startswith("the "):
            return _tidied(f"{part} of {topic}?")
        return f"{topic}: {_OPENER.sub('', text, count=1) or text}"

    def joined(self, names: Sequence[str]) -> str:
        """See `Grammar.joined`."""
        return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), *names[-1:]])


def content_words(text: str) -> list[str]:
    """The words of `text` that name something, folded, in order: no stop words, no words that only ask."""
    words = (match[0].replace("’", "'") for match in _WORD.finditer(folded(text)))
    return [word for word in words if word not in _EMPTY_WORDS and len(word) > 1]


def _named(match: re.Match[str]) -> Reference:
    number: Number = "many" if match["which"].lower() in _PLURAL else "one"
    return Reference(*match.span(), number, match["noun"].lower())


def _names_a_kind(text: str, match: re.Match[str]) -> bool:
    if match["noun"].lower() in _NO_NOUNS:
        return False
    return match["which"].lower() != "that" or _JOINS_NO_CLAUSE.search(text[: match.start()]) is not None


def _points_back(text: str, match: re.Match[str]) -> bool:
    """ "this" and "that" stand for a thing only where no noun, and no clause, follows that they belong to."""
    word = match["word"].lower()
    if word not in {"this", "that", "these", "those"}:
        return True
    noun = re.match(r"\s+([a-z][\w-]*)", text[match.end() :], re.IGNORECASE)
    if noun and noun[1].lower() not in _NO_NOUNS:
        return False
    return word != "that" or _JOINS_NO_CLAUSE.search(text[: match.start()]) is not None


def _pronoun(text: str, match: re.Match[str]) -> Reference:
    word = match["word"].lower()
    owner = word in _OWNERS or (word == "her" and re.match(r"\s+[a-z]", text[match.end() :]) is not None)
    return Reference(*match.span(), "many" if word in _PLURAL else "one", "", owner, word in _PERSONS)


def _has_antecedent(before: str) -> bool:
    """Whether the same message says enough before a pronoun to be what it means."""
    return len(content_words(before)) >= _ANTECEDENT_WORDS


def _tidied(text: str) -> str:
    """`text` as a question of its own: no opening "and", a capital first."""
    rest = _OPENER.sub("", text, count=1) or text
    return rest[:1].upper() + rest[1:]
