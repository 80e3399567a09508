"""How long one judgement by 1,000 rules takes, with all that follows from the texts: `python -m benchmarks.rules`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from app.rules.built_in import built_in_names, built_in_ruleset
from app.rules.conflicts import conflicts
from app.rules.facts import Facts
from app.rules.judge import Ruleset, from_normal, judge, load_ruleset, normal_form
from app.rules.model import Stage
from benchmarks.speed import texts
from benchmarks.table import Table, distribution, machine
from tests.product import Product

T = TypeVar("T")

RULES = 1_000
JUDGEMENTS = 2_000
_INTENTS = ("order_status", "price", "stock", "repair", "warranty", "returns")
_TEXTS = "{en: That is not possible., zh: 这个办不到。}"


def thousand_rules(hit: str, stage: Stage) -> str:
    """A rule file as a company has after years: phrases, patterns, intents, groups, hours, scores, in ten tables."""
    chance = random.Random(hit)
    lines = ["tables:"]
    for table in range(10):
        lines += [f"  - table: t{table}", f"    stage: {stage}", f"    hit: {hit}", "    rules:"]
        for number in range(RULES // 10):
            name = f"r{table}-{number}"
            when = [f"says: {{en: [special phrase {name}, never say {name}], zh: [特别的话{number}号{table}]}}"]
            when += [f"intent: [{', '.join(chance.sample(_INTENTS, 2))}]"] if number % 2 else []
            when += [f"hour: {chance.randint(0, 11)}..{chance.randint(12, 23)}"] if number % 3 == 0 else []
            when += [f"groups: {{none: [group{number}]}}", "roles: [customer, employee]"] if number % 4 == 0 else []
            when += [f'injection_score: "< {chance.random():.3f}"'] if number % 5 == 0 else []
            when = [f"matches: '\\b{chance.choice('ABCDEFG')}{number}-\\d{{4,6}}\\b'"] if number % 20 == 7 else when
            when += ["personal_data: [email, phone]"] if number % 50 == 9 else []
            action = "replace" if stage == "after" and hit == "first" else "block" if hit == "first" else "warn"
            lines += [f"      - rule: {name}", f"        when: {{{', '.join(when)}}}"]
            lines.append(f"        then: {{{action}: {_TEXTS}}}")
    return "\n".join(lines) + "\n"


def run(_product: Product | None = None) -> list[Table]:
    """Judgements with 1,000 rules and with the built-in ones; loading and checking of 1,000."""
    heads = ("what", "n", "p50 ms", "p90 ms", "p99 ms", "max ms", "CPU p50 ms", "CPU p99 ms")
    table = Table(f"Rules, {RULES:,} in ten tables", heads)
    loading = Table("Loading a file of 1,000 rules", ("what", "seconds"))
    for hit in ("first", "all"):
        body = thousand_rules(hit, "before")
        ruleset = _timed(loading, f"read and check YAML ({hit})", lambda body=body: load_ruleset(body, "yaml", "b", 1))  # type: ignore[misc]
        normal = normal_form(ruleset, body, "yaml")
        _timed(loading, f"load a stored version ({hit})", lambda normal=normal: from_normal(normal, "b", 1))  # type: ignore[misc]
        for words in (20, 400):
            table.rows.append(_measure(ruleset, "before", _before(words), f"before, hit {hit}, {words}-word message"))
    after = load_ruleset(thousand_rules("first", "after"), "yaml", "b", 1)
    table.rows.append(_measure(after, "after", _after(), "after, hit first, 120-word answer, 10 passages"))
    _timed(loading, "find conflicts", lambda: conflicts(after.rules))
    built_in = [found for name in built_in_names() if (found := built_in_ruleset(name))]
    for stage, facts in (("before", _before(20)), ("after", _after())):
        for ruleset in built_in:
            if ruleset.rules.at(stage):  # type: ignore[arg-type]
                table.rows.append(_measure(ruleset, stage, facts, f"{stage}, built-in {ruleset.name}"))  # type: ignore[arg-type]
    return [table, loading]


def _timed(table: Table, what: str, act: Callable[[], T]) -> T:
    began = time.perf_counter()
    made = act()
    table.rows.append([what, time.perf_counter() - began])
    return made


def _measure(ruleset: Ruleset, stage: Stage, facts: Sequence[Facts], what: str) -> list[object]:
    for one in facts[:50]:
        judge(ruleset, stage, one)
    wall, busy = [], []
    for number in range(JUDGEMENTS):
        one = facts[number % len(facts)]
        began, began_busy = time.perf_counter(), time.thread_time()
        judge(ruleset, stage, one)
        wall.append((time.perf_counter() - began) * 1000)
        busy.append((time.thread_time() - began_busy) * 1000)
    of_busy = distribution(what, busy)
    return [*distribution(what, wall), of_busy[2], of_busy[4]]


def _before(words: int) -> list[Facts]:
    """Messages, every tenth with a phrase of a rule and every seventh with an address and an order number."""
    chance = random.Random(words)
    made: list[Facts] = []
    for number, text in enumerate(texts(200, words, 5)):
        more = f" special phrase r{number % 10}-{number % 100}" if number % 10 == 0 else ""
        if number % 7 == 0:
            more += f" mail ann{number}@example.org about A{number}-12345, card 4111 1111 1111 1111"
        made.append(
            {
                "text": text + more,
                "intent": chance.choice(_INTENTS),
                "hour": chance.randint(0, 23),
                "groups": ["sales", "service"],
                "roles": ["customer"],
                "injection_score": chance.random(),
            }
        )
    return made


def _after() -> list[Facts]:
    passages = [
        f"{text} It costs {number} EUR and takes {number} days." for number, text in enumerate(texts(200, 170, 6))
    ]
    answers = texts(200, 120, 7)
    return [
        {
            **facts,
            "answer": f"{answers[number]} It costs {number} EUR, call +49 30 12345{number}.",
            "decision": "answer",
            "retrieval_confidence": 0.8,
            "passages": [passages[(number + other) % 200] for other in range(10)],
        }
        for number, facts in enumerate(_before(20))
    ]


if __name__ == "__main__":
    print(machine(), "", *run(), sep="\n")
