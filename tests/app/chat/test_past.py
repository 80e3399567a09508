"""Past turns can be judged by other rules."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine

from app.rules.judge import load_ruleset
from app.rules.past import past_facts
from app.rules.replay import replay
from ingestion.database import async_url
from tests.app.chat.test_routes import ask, chat, piccola
from tests.app.conftest import Api

__all__ = ["chat", "piccola"]

RULES = """
lists: {weights: {en: [weigh], zh: [重]}}
texts: {no: {en: Not here., zh: 不在这里。}}
tables:
  - table: t
    stage: before
    hit: first
    rules: [{rule: no-weights, when: {words: weights}, then: {block: no}}]
  - table: u
    stage: after
    hit: first
    rules: [{rule: no-answers, when: {decision: answer}, then: {block: no}}]
"""


async def test_turns_are_judged_again_with_the_facts_of_their_time(chat: Api, piccola: Any, database_url: str) -> None:
    weighed = await ask(chat, "What does the Piccola weigh?")
    await ask(chat, "Hello!")
    engine = create_async_engine(async_url(database_url))
    past = await past_facts(engine, "default")
    other = await past_facts(engine, "other")
    await engine.dispose()
    assert [one.stage for one in past] == ["before", "after", "before"]
    assert other == []
    changes = replay(None, load_ruleset(RULES, "yaml", "new"), past)
    assert [(one.turn_id, one.stage, one.after.rule) for one in changes] == [
        (weighed["turn_id"], "before", "new/0 no-weights"),
        (weighed["turn_id"], "after", "new/0 no-answers"),
    ]
