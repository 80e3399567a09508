"""Builds the chat of one running service out of its clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.admin.services import Services
from app.callers import Caller
from app.chat.agent_views import AgentViews
from app.chat.handovers import Handovers
from app.chat.inbox import Inboxes
from app.chat.live import Live
from app.chat.live_reads import LiveReads
from app.chat.model import Asked, Outcome, TurnRow
from app.chat.notices import Notices
from app.chat.presence import Presence
from app.chat.routes import Chat
from app.chat.running import RunningTurns, Said, Work
from app.chat.service import ChatService
from app.chat.sessions import session_of
from app.chat.transcript import Transcript
from app.dialog.answering import AnswerParts, Standalone
from app.dialog.manager import DialogManager
from app.dialog.model import BLOCKED
from app.dialog.session import Session
from app.dialog.session_store import SessionStore
from app.dialog.slot_tasks import load_tasks
from app.dialog.standalone import standalone
from app.dialog.suggesting import Suggester
from app.identity.audit import AuditLog
from app.rules.shelf import RuleShelf
from app.settings import Settings
from retrieval.answering import Answerer
from retrieval.embeddings import TextEmbedder
from retrieval.engine import EngineSettings, VllmModel, base_urls
from retrieval.evidence import Gatherer
from retrieval.llm import Generation, LanguageModel
from retrieval.model import Passage
from retrieval.prompt import Budget, Prompt, build_prompt, estimated
from retrieval.quoting import QuotingModel

_LATE_SECONDS = 5.0
_log = structlog.get_logger(__name__)


async def wire_chat(settings: Settings, services: Services, stack: AsyncExitStack) -> Chat:
    """The chat over `services`; what must be closed at the end is pushed on the stack."""
    transcript = Transcript(services.engine)
    notices = Notices(services.redis)
    stack.push_async_callback(notices.close)
    handovers = Handovers(services.engine, notices.tell)
    running = RunningTurns(transcript, services.redis, tell=notices.tell)
    stack.push_async_callback(running.close)
    rules = await stack.enter_async_context(RuleShelf(services.engine, services.redis))

    async def rebuild(conversation_id: str) -> Session:
        return session_of(conversation_id, await transcript.turns(conversation_id))

    parts = _answer_parts(settings, services, stack)
    tasks, zone = load_tasks(), ZoneInfo(settings.timezone)
    manager = DialogManager(
        sessions=SessionStore(services.redis, rebuild),
        rules=rules,
        people=handovers,
        parts=parts,
        tasks=tasks,
        zone=zone,
        reword=transcript.reword,
        metrics=services.metrics,
    )

    secret = settings.secret_key.get_secret_value() if settings.secret_key else ""
    audit = AuditLog(services.engine, secret)

    def work_for(caller: Caller, asked: Asked, session: Session | None = None) -> Work:
        async def work(row: TurnRow) -> AsyncIterator[Said | Outcome]:
            async with aclosing(manager.take_turn(caller, asked, row, session)) as turn:
                async for said in turn:
                    if isinstance(said, Outcome) and said.done.get("decision") == BLOCKED:
                        await note_block(audit, caller, said)
                    yield said

        return work

    key = settings.embeddings_api_key.get_secret_value() if settings.embeddings_api_key else ""
    embedder = TextEmbedder(settings.embeddings_base_url or "", settings.embeddings_model, api_key=key)
    stack.push_async_callback(embedder.aclose)

    settling = asyncio.create_task(_settle(handovers), name="hand-overs")
    stack.push_async_callback(_stop, settling)
    presence = Presence(services.redis)
    return Chat(
        ChatService(transcript, running),
        handovers,
        work_for,
        embedder,
        parts.standalone,
        live=Live(LiveReads(services.reads), presence, notices),
        inboxes=Inboxes(handovers, presence),
        agent_views=AgentViews(services.reads, transcript, handovers, presence),
        suggester=Suggester(rules, parts, tasks, zone),
        zone=zone,
        rules=rules,
    )


def _answer_parts(settings: Settings, services: Services, stack: AsyncExitStack) -> AnswerParts:
    """What makes an answer: the engine where settings name one, and the quoting model."""
    evidence = Gatherer(services.index).gather
    quoting = QuotingModel(evidence)
    engine = open_engine(settings)
    models: list[LanguageModel] = [engine, quoting] if engine else [quoting]
    if engine:
        stack.push_async_callback(engine.aclose)
    budget = Budget(settings.prompt_tokens, settings.answer_tokens)
    count = engine.count_tokens if engine else estimated

    async def make_prompt(question: str, passages: Sequence[Passage], language: str) -> Prompt:
        return await build_prompt(question, passages, language, budget=budget, count=count)

    generation = Generation(max_tokens=settings.answer_tokens, lora=settings.llm_lora)
    return AnswerParts(services.index, evidence, make_prompt, Answerer(models), standalone_by(settings), generation)


def open_engine(settings: Settings) -> VllmModel | None:
    """The language model of `settings`; None where no engine is named."""
    addresses = base_urls(settings.openai_api_base_url or "")
    if not addresses:
        return None
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    return VllmModel(EngineSettings(addresses, settings.llm_model, key))


def standalone_by(settings: Settings) -> Standalone:
    """How follow-ups become questions: by rules, or by the language model where settings say so."""
    addresses = base_urls(settings.openai_api_base_url or "")
    if settings.standalone_question == "rules" or not addresses:
        return standalone
    from app.dialog.standalone_model import ModelStandalone

    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    return ModelStandalone(addresses[0], settings.llm_model, key)


async def note_block(audit: AuditLog, caller: Caller, outcome: Outcome) -> None:
    """Write down which rule, in which version, gave the caller another text than an answer; never the text."""
    done = {name: outcome.done.get(name) for name in ("conversation_id", "turn_id")}
    await audit.write(caller.tenant, caller.name, "rule.blocked", f"rule:{outcome.done.get('rule')}", **done)


async def _settle(handovers: Handovers) -> None:
    """Move on conversations that nobody came for, or whose agent fell silent; every process does, which is harmless."""
    while True:
        await asyncio.sleep(_LATE_SECONDS)
        try:
            if settled := await handovers.settle_late():
                _log.info("handovers_settled", conversations=settled)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("handovers_not_settled", reason=type(error).__name__)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
