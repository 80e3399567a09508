"""A turn that searches: stand-alone question → passages → decision → answer, each claim checked before it is sent."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from app.chat.running import Said
from app.dialog.model import ANSWERED, BLOCKED, CLARIFY, HANDED_OVER, PERSON, REFUSED, Done, Heard, Reply
from app.dialog.replies import question_back, refusal, say
from app.dialog.session import Session
from app.dialog.standalone import JUDGED_PASSAGES, Judge, standalone
from app.rules.facts import Facts
from app.rules.gathering import Answered as AnsweredFacts
from app.rules.gathering import facts_after
from app.rules.masking import masked_by
from app.rules.model import Fired, Stage, Verdict
from retrieval.access import Access
from retrieval.answering import Answered, Answerer
from retrieval.confidence import Decision, confident
from retrieval.errors import UnavailableError
from retrieval.evidence import Evidence, Gather
from retrieval.llm import Generation
from retrieval.model import Passage, Question
from retrieval.prompt import Prompt
from retrieval.spans import span
from retrieval.terms import folded, identifiers

PATIENCE = (0.5, 1.0, 2.0, 4.0, 6.0, 6.0)
"""Seconds between the tries to search: about as long as a part takes to be started again."""
_SEARCHED = 10
_CODE = re.compile(r"[a-z]{1,6}[-_.]?\d[\w-]*")


class Index(Protocol):
    """The index that serves."""

    async def search(self, question: Question, access: Access) -> list[Passage]:
        """Passages that `access` may read, best first."""

    async def as_of(self, tenant: str) -> dict[str, datetime]:
        """Per source: the index had followed it up to then."""


class Judges(Protocol):
    """The rules in force (`app.rules.shelf.RuleShelf`)."""

    async def judge(self, tenant: str, stage: Stage, facts: Facts) -> Verdict:
        """What they say about these facts."""


Standalone = Callable[[Session, str, Judge], Awaitable[Question]]
MakePrompt = Callable[[str, Sequence[Passage], str], Awaitable[Prompt]]
"""The prompt for a question, its passages, and a language."""


@dataclass(frozen=True, slots=True)
class AnswerParts:
    """What an answer is made with."""

    index: Index
    gather: Gather
    make_prompt: MakePrompt
    answerer: Answerer
    standalone: Standalone = standalone
    generation: Generation = field(default_factory=Generation)


class SearchedTurn:
    """One such turn; `reply` is there once `run` has ended."""

    def __init__(self, parts: AnswerParts, rules: Judges, heard: Heard) -> None:
        self._parts, self._rules, self._heard = parts, rules, heard
        self._as_of: dict[str, datetime] = {}
        self._details: dict[str, Any] = {}
        self._began = time.perf_counter()
        self.reply: Reply

    async def run(self) -> AsyncGenerator[Said]:
        """What is said meanwhile.

        Raises:
            UnavailableError: what is searched does not answer, also after having been waited for.
        """
        heard = self._heard
        pauses = list(PATIENCE)
        while True:
            try:
                question, found = await self._search()
                break
            except UnavailableError as error:
                if not pauses:
                    raise
                if len(pauses) == len(PATIENCE):
                    yield Said("waiting", {"reason": error.message})
                await asyncio.sleep(pauses.pop(0))
        self._note("search")
        passages, missing, exact = self._exact(question, found)
        evidence = await self._parts.gather(question, passages)
        decision = confident(question, passages, evidence)
        exact = exact or _names_it(question.text, passages, evidence)
        if exact and decision.kind == "refuse":
            decision = replace(decision, kind="answer", reason="supported")
        self._note("confidence")
        self._details |= _triage(question, found, decision)
        self._details["filters"] = {"sources": list(heard.filters.sources), "since": heard.filters.since}
        warned = "".join(f"{fired.action.text(heard.language)}\n\n" for fired in heard.verdict.of("warn"))
        if warned:
            yield Said("delta", {"text": warned})
        if missing or decision.kind != "answer":
            self.reply = await self._not_answered(question, decision, missing)
            yield Said("delta", {"text": self.reply.text})
        else:
            yield Said("sources", {"sources": [_source(passage) for passage in passages], "as_of": self._as_of})
            async with aclosing(self._answer(question, passages, decision)) as sayings:
                async for said in sayings:
                    yield said
        if warned:
            self.reply = replace(self.reply, text=f"{warned}{self.reply.text}")
        self.reply = replace(self.reply, details=self._details)

    async def _search(self) -> tuple[Question, list[Passage]]:
        """The stand-alone question and what is found for it."""
        heard, index = self._heard, self._parts.index
        self._as_of = await index.as_of(heard.caller.tenant)
        with span("standalone"):
            question = await self._parts.standalone(heard.session, heard.question or heard.message, self._judge)
        question = narrowed(replace(question, limit=_SEARCHED), heard)
        return question, await index.search(question, heard.caller.access) if question.limit else []

    async def _judge(self, text: str, *, in_words: bool = False) -> Sequence[Passage]:
        question = narrowed(Question(text, limit=JUDGED_PASSAGES, in_words=in_words), self._heard)
        return await self._parts.index.search(question, self._heard.caller.access) if question.limit else []

    def _exact(self, question: Question, found: Sequence[Passage]) -> tuple[list[Passage], str, bool]:
        """Where slots name one thing, the passages that hold it; what is named and stands in none; whether one is.

        A record found by its number answers what is asked of it, in whichever language it is written.
        """
        asked = self._heard.question
        named = [value for value in self._heard.session.slots.values() if value and value in asked]
        if not named:
            titled = found[:1] and any(holds(found[0], name, only_title=True) for name in identifiers(question.text))
            return list(found), "", bool(titled)
        passages = list(found)
        for value in named:
            passages = [one for one in passages if holds(one, value)]
            if not passages:
                return [], value, False
        return passages, "", True

    async def _not_answered(self, question: Question, decision: Decision, missing: str) -> Reply:
        """A refusal, or a question back; rules may make something else of it."""
        heard = self._heard
        session, options = heard.session, decision.options
        made: Done
        if decision.kind == "clarify" and not missing:
            text, made = question_back(options, question.unresolved, heard.language), CLARIFY
            session = session.clarifying(question.text, options)
        else:
            reason = "named_thing_missing" if missing else decision.reason
            reason = reason if reason in {"named_thing_missing", "not_found"} else "weak_evidence"
            sources = sorted(question.sources or self._as_of)
            text = refusal(reason, heard.language, question.text, sources, thing=missing, staff=heard.is_staff)
            made = REFUSED
            session = session if heard.is_staff else session.asking("", PERSON)
        reply = Reply(
            made,
            text,
            session,
            reason=decision.reason if not missing else "not_found",
            question=question.text,
            confidence=decision.confidence,
            options=options if made == CLARIFY else (),
            as_of=self._as_of,
        )
        verdict = await self._after(text, decision, 0, [])
        return _overruled(reply, verdict.ending, heard.language) if verdict.ending else reply

    async def _answer(
        self, question: Question, passages: Sequence[Passage], decision: Decision
    ) -> AsyncGenerator[Said]:
        """The answer, claim by claim; it ends where a rule says so."""
        heard, parts = self._heard, self._parts
        prompt = await parts.make_prompt(question.text, passages, heard.language)
        sources = [f"{one.title}\n{one.heading}\n{one.text}" for one in prompt.passages]
        told, ended, ending = "", None, None
        verdict = Verdict("after")
        async with aclosing(parts.answerer.answer(prompt, parts.generation)) as claims:
            async for claim in claims:
                if isinstance(claim, Answered):
                    ended = claim
                    break
                verdict = await self._after(told + claim.text, decision, claim.left_out, sources)
                if ending := verdict.ending:
                    break
                text = masked_by(verdict, claim.text, heard.language) if verdict.of("mask") else claim.text
                told += text
                yield Said("delta", {"text": text})
        base = Reply(
            ANSWERED,
            told.strip(),
            heard.session,
            reason="supported",
            rule=verdict.rule,
            question=question.text,
            confidence=decision.confidence,
            as_of=self._as_of,
        )
        if ending:
            self.reply = _overruled(base, ending, heard.language)
            yield Said("replace", {"text": self.reply.text})
            return
        if ended is None or not told.strip():
            self.reply = await self._not_answered(
                question, replace(decision, kind="refuse", reason="weak_evidence"), ""
            )
            yield Said("replace", {"text": self.reply.text})
            return
        note = self._closing(ended)
        if note:
            yield Said("delta", {"text": note})
        cited = _cited(ended, told)
        self.reply = replace(base, text=f"{told.strip()}{note}", citations=cited)
        self._details |= _engine(prompt, ended)
        self._note("answer")

    def _closing(self, ended: Answered) -> str:
        """What must be said about the model."""
        language = self._heard.language
        if ended.cut_short:
            return f"\n\n{say('cut_short', language)}"
        return f"\n\n{say('quoted', language)}" if ended.instead_of else ""

    async def _after(self, text: str, decision: Decision, unsupported: int, sources: Sequence[str]) -> Verdict:
        answered = AnsweredFacts(text, decision.kind, decision.confidence, unsupported, sources)
        with span("rules", stage="after"):
            heard = self._heard
            verdict = await self._rules.judge(heard.caller.tenant, "after", facts_after(heard.facts, answered))
        if verdict.fired:
            self._details["rules_after"] = [str(one) for one in verdict.fired]
        return verdict

    def _note(self, stage: str) -> None:
        """Keep how long it took until now."""
        self._details[f"{stage}_seconds"] = round(time.perf_counter() - self._began, 4)


def narrowed(question: Question, heard: Heard) -> Question:
    """The question in the sources that both the rules and the person's filters leave; limit 0 where none is."""
    filters, restricted = heard.filters, heard.verdict.names("restrict")
    sources = tuple(name for name in filters.sources if not restricted or name in restricted) or restricted
    left = not filters.sources or set(sources) <= set(filters.sources)
    return replace(question, sources=sources, since=filters.since, limit=question.limit if left else 0)


def _names_it(question: str, passages: Sequence[Passage], evidence: Evidence) -> bool:
    """Whether the best sentence holds every code that the question names ("E05"): then it is about that very thing."""
    codes = [name for name in identifiers(question) if _CODE.fullmatch(name)]
    best = max(evidence.sentences, key=lambda one: one.score, default=None)
    if best is None or not codes:
        return False
    return all(_stands(code, passages[best.passage].text[best.start : best.end]) for code in codes)


def holds(passage: Passage, value: str, *, only_title: bool = False) -> bool:
    """Whether `value` stands in the passage, its title or its key as a whole word."""
    rest = "" if only_title else f"\n{passage.heading}\n{passage.text}"
    return _stands(value, f"{passage.title}\n{passage.key}{rest}")


def _stands(value: str, text: str) -> bool:
    """Whether `value` is a whole word of `text`, however either is written."""
    return re.search(rf"(?<![\w-]){re.escape(folded(value))}(?![\w-])", folded(text)) is not None


def _overruled(reply: Reply, ending: Fired, language: str) -> Reply:
    """What a rule of stage `after` makes of an answer."""
    text = ending.action.text(language)
    if ending.action.kind == "hand_over":
        said = text or say("wish", language)
        return replace(reply, decision=HANDED_OVER, text=said, rule=str(ending), citations=(), hand_over=ending.rule)
    decision = BLOCKED if ending.action.kind == "block" else REFUSED
    return replace(reply, decision=decision, text=text, rule=str(ending), reason="rule", citations=())


def _cited(ended: Answered, told: str) -> tuple[Any, ...]:
    """The citations whose marker is in what was told."""
    return tuple(one for one in ended.bound.citations if f"[{one.marker}]" in told)


def _source(passage: Passage) -> Mapping[str, Any]:
    return {
        "document_id": passage.document_id,
        "source": passage.source,
        "key": passage.key,
        "title": passage.title,
        "url": passage.url,
        "version": passage.version,
        "updated_at": passage.updated_at,
        "heading": passage.heading,
        "page": passage.page,
        "score": round(passage.score, 4),
    }


def _triage(question: Question, found: Sequence[Passage], decision: Decision) -> dict[str, Any]:
    shown = [{**_place(one), "score": one.score} for one in found]
    return {"searched": question.text, "passages": shown, "confidence_reason": decision.reason}


def _place(passage: Passage) -> dict[str, Any]:
    """Where a passage stands: its text is not kept twice."""
    return {
        "document_id": passage.document_id,
        "version": passage.version,
        "start": passage.start,
        "end": passage.end,
        "source": passage.source,
        "key": passage.key,
        "title": passage.title,
        "heading": passage.heading,
        "page": passage.page,
        "updated_at": passage.updated_at,
    }


def _engine(prompt: Prompt, ended: Answered) -> dict[str, Any]:
    usage = ended.usage
    return {
        "template": prompt.template,
        "prompted": [_place(passage) for passage in prompt.passages],
        "model": ended.model,
        "instead_of": ended.instead_of,
        "cut_short": ended.cut_short,
        "unsupported": list(ended.bound.unsupported),
        "prompt_tokens": usage.prompt_tokens if usage else 0,
        "cached_tokens": usage.cached_tokens if usage else 0,
        "completion_tokens": usage.completion_tokens if usage else 0,
        "finish_reason": usage.finish_reason if usage else "",
        "first_token_seconds": round(ended.first_token_seconds, 4),
    }
