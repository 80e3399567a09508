"""The rules in force, in every process at once: kept compiled here, changed by a notice over Redis.

A notice makes a tenant's rules looked up anew at the next question. Notices get lost and Redis may be away, so what is
older than a second is looked up anyway; the look is one small query, and only versions not seen before are compiled.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.built_in import VERSION, built_in_ruleset
from app.rules.facts import Facts
from app.rules.judge import Ruleset, from_normal, judge
from app.rules.model import Stage, Verdict
from app.rules.replay import effect
from app.rules.storage import CountKey, State, add_counts, normal_of, states
from retrieval.errors import RejectedError, UnavailableError

CHANNEL = "freshet:rules"
"""Each message is the name of a tenant whose rules have changed."""

_FRESH_SECONDS = 1.0
_FLUSH_SECONDS = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InForce:
    """The compiled rules of one tenant, each by its name in order."""

    active: Mapping[str, Ruleset] = field(default_factory=dict)
    shadow: Mapping[str, Ruleset] = field(default_factory=dict)


@dataclass(slots=True)
class _Place:
    """What is known of one tenant: `looked` on the monotonic clock, `notices` counts those that came."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    looked: float = float("-inf")
    notices: int = 0
    states: Mapping[str, State] | None = None
    rules: InForce = field(default_factory=InForce)


async def announce(redis: Redis, tenant: str) -> None:
    """Tell every process that rules of the tenant have changed; without Redis they see it within a second."""
    try:
        await redis.publish(CHANNEL, tenant)
    except (RedisError, OSError) as error:
        log.warning("rules_notice_not_sent", error=type(error).__name__)


class RuleShelf:
    """Judges by the rules in force; an async context manager that listens for notices while it is open."""

    def __init__(self, engine: AsyncEngine, redis: Redis) -> None:
        self._engine = engine
        self._reads = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._redis = redis
        self._places: defaultdict[str, _Place] = defaultdict(_Place)
        self._counted: dict[CountKey, tuple[int, int]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._keep_flushing())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flush()

    async def judge(self, tenant: str, stage: Stage, facts: Facts) -> Verdict:
        """What the rules in force say; what those in shadow would say is counted and changes nothing.

        Raises:
            RejectedError: an unknown fact, or one of the wrong kind.
            UnavailableError: the rules of the tenant are not known yet and PostgreSQL does not answer.
        """
        rules = await self.in_force(tenant)
        verdicts = {name: judge(ruleset, stage, facts) for name, ruleset in rules.active.items()}
        verdict = _joined(stage, verdicts)
        for ruleset in rules.shadow.values():
            self._count(tenant, ruleset, facts, verdicts, verdict)
        return verdict

    async def in_force(self, tenant: str) -> InForce:
        """The rules of the tenant, at most a second old, and none that a notice has made old.

        Raises:
            UnavailableError: they are not known yet and PostgreSQL does not answer, or one does not load any more.
        """
        place = self._places[tenant]
        if time.monotonic() - place.looked > _FRESH_SECONDS:
            async with place.lock:
                if time.monotonic() - place.looked > _FRESH_SECONDS:
                    await self._look(tenant, place)
        return place.rules

    def noticed(self, tenant: str) -> None:
        """Rules of the tenant have changed: the next question looks them up."""
        place = self._places.get(tenant)
        if place is not None:
            place.notices += 1
            place.looked = float("-inf")

    async def flush(self) -> None:
        """Write what was counted; what cannot be written now is kept for the next time."""
        counted, self._counted = self._counted, {}
        if not counted:
            return
        try:
            await add_counts(self._engine, counted)
        except (SQLAlchemyError, OSError) as error:
            log.warning("shadow_counts_not_written", error=type(error).__name__)
            for key, numbers in counted.items():
                self._add(key, *numbers)

    async def _look(self, tenant: str, place: _Place) -> None:
        notices = place.notices
        try:
            found = await states(self._reads, tenant)
            if found != place.states:
                place.rules = await self._load(tenant, found, place.rules)
                place.states = found
                log.info(
                    "rules_in_force", tenant=tenant, rules=[f"{n}/{s.version}" for n, s in place.rules.active.items()]
                )
        except (SQLAlchemyError, OSError) as error:
            if place.states is None:
                raise UnavailableError("PostgreSQL", "the rules are not known: PostgreSQL does not answer") from error
            log.warning("rules_not_looked_up", error=type(error).__name__)
        if notices == place.notices:
            place.looked = time.monotonic()

    async def _load(self, tenant: str, found: Mapping[str, State], known: InForce) -> InForce:
        """What `found` puts in force; versions that are `known` are not compiled again."""
        kept = {(r.name, r.version): r for r in (*known.active.values(), *known.shadow.values())}
        active: dict[str, Ruleset] = {}
        shadow: dict[str, Ruleset] = {}
        for name, state in found.items():
            for version, shelf in ((state.active, active), (state.shadow, shadow)):
                if version is not None:
                    shelf[name] = kept.get((name, version)) or await self._compiled(tenant, name, version)
                    kept[name, version] = shelf[name]
        return InForce(active, shadow)

    async def _compiled(self, tenant: str, name: str, version: int) -> Ruleset:
        if version == VERSION:
            built_in = await asyncio.to_thread(built_in_ruleset, name)
            if built_in is not None:
                return built_in
        normal = await normal_of(self._reads, tenant, name, version)
        if normal is None:
            raise UnavailableError("rules", f"version {version} of the rules {name!r} is in force, but is not there")
        try:
            return await asyncio.to_thread(from_normal, normal, name, version)
        except RejectedError as error:
            log.error("rules_do_not_load", tenant=tenant, name=name, version=version, reason=error.message)  # noqa: TRY400
            raise UnavailableError("rules", f"the rules in force do not load: {error.message}") from None

    def _count(
        self, tenant: str, shadow: Ruleset, facts: Facts, verdicts: Mapping[str, Verdict], verdict: Verdict
    ) -> None:
        try:
            would = judge(shadow, verdict.stage, facts)
        except RejectedError as error:
            log.warning("shadow_rules_failed", tenant=tenant, name=shadow.name, reason=error.message)
            return
        instead = _joined(verdict.stage, {**verdicts, shadow.name: would})
        differs = int(effect(instead) != effect(verdict))
        for rule in ("", *dict.fromkeys(fired.rule for fired in would.fired)):
            self._add((tenant, shadow.name, shadow.version, verdict.stage, rule), 1, differs)

    def _add(self, key: CountKey, count: int, differed: int) -> None:
        known = self._counted.get(key, (0, 0))
        self._counted[key] = (known[0] + count, known[1] + differed)

    async def _keep_flushing(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self.flush()

    async def _listen(self) -> None:
        """Take notices as long as the shelf is open; a connection that breaks is made again."""
        while True:
            pubsub = self._redis.pubsub()
            try:
                await pubsub.subscribe(CHANNEL)
                for tenant in list(self._places):
                    self.noticed(tenant)  # whatever was said while nobody listened
                while True:
                    message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=5.0)
                    if message:
                        self.noticed(message["data"].decode("utf-8", "replace"))
            except (RedisError, OSError, RuntimeError) as error:
                log.info("rules_notices_interrupted", error=type(error).__name__)
            finally:
                with suppress(RedisError, OSError, RuntimeError):
                    await pubsub.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(1.0)


def _joined(stage: Stage, verdicts: Mapping[str, Verdict]) -> Verdict:
    verdict = Verdict(stage)
    for name in sorted(verdicts):
        verdict = verdict.joined(verdicts[name])
    return verdict
