"""Decision tables run by zen: the plain form is compiled to a JDM graph, a JDM file is run as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import zen

from app.rules.conditions import coded
from app.rules.facts import SLOT, Facts
from app.rules.model import Rule, Table
from retrieval.errors import RejectedError

_POLICIES = {"first": "first", "all": "collect"}


@dataclass(frozen=True, slots=True)
class Engine:
    """The compiled tables of one stage.

    `names`: fact → its name in the graph; `places`: path of a table's outcome in the result, and the table's rules by
    what its `rule` column says. `wanted`: facts that must be there.
    """

    decision: Any
    names: Mapping[str, str]
    places: Sequence[tuple[str, Table, Mapping[Any, Rule]]]
    wanted: frozenset[str]
    plain: bool

    def run(self, facts: Facts) -> list[tuple[Table, Rule]]:
        """The rules that fit, in the order of tables and rows.

        Raises:
            RejectedError: the rules of a JDM file fail on these facts.
        """
        context = self._coded(facts) if self.plain else {**facts, "slot": dict(facts["slot"])}
        try:
            result = self.decision.evaluate(orjson.dumps(context).decode())["result"]
        except TypeError as error:
            raise RejectedError(f"the facts: {error}") from None
        except RuntimeError as error:
            raise RejectedError(f"the rules cannot judge these facts: {reason(error)}") from None
        return [(table, rules[one]) for path, table, rules in self.places for one in _outcomes(result, path)]

    def _coded(self, facts: Facts) -> dict[str, Any]:
        return {alias: _coded(value_of(name, facts)) for name, alias in self.names.items()}


def compile_tables(tables: Sequence[Table]) -> Engine:
    """An engine for `tables`, all of one stage."""
    facts = dict.fromkeys(fact for table in tables for rule in table.rules for fact in rule.when)
    names = {fact: f"f{number}" for number, fact in enumerate(facts)}
    nodes: list[dict[str, Any]] = [_end("in", "inputNode"), _end("out", "outputNode")]
    edges: list[dict[str, str]] = []
    places = []
    for number, table in enumerate(tables):
        node = f"t{number}"
        nodes.append(_table_node(node, table, names))
        edges += [_edge("in", node), _edge(node, "out")]
        places.append((node, table, dict(enumerate(table.rules))))
    decision = zen.ZenEngine().create_decision(orjson.dumps({"nodes": nodes, "edges": edges}).decode())
    wanted = frozenset(fact for fact in facts if not fact.startswith(SLOT))
    return Engine(decision, names, places, wanted, plain=True)


def value_of(name: str, facts: Facts) -> Any:
    """The value of a fact; `slot.NAME` is "" while the slot is empty."""
    return facts["slot"].get(name.removeprefix(SLOT), "") if name.startswith(SLOT) else facts[name]


def reason(error: RuntimeError) -> str:
    """What zen says, without its stack."""
    said = str(error).partition("\n\nStack backtrace")[0]
    try:
        found = orjson.loads(said)
    except orjson.JSONDecodeError:
        return said[:300]
    return str(found.get("source", said))[:300] if isinstance(found, dict) else said[:300]


def _end(name: str, kind: str) -> dict[str, Any]:
    return {"id": name, "name": name, "type": kind}


def _edge(source: str, target: str) -> dict[str, str]:
    return {"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}


def _table_node(node: str, table: Table, names: Mapping[str, str]) -> dict[str, Any]:
    asked = dict.fromkeys(fact for rule in table.rules for fact in rule.when)
    inputs = [{"id": names[fact], "name": names[fact], "field": names[fact]} for fact in asked]
    rows = []
    for number, rule in enumerate(table.rules):
        cells = {names[fact]: rule.when[fact].zen() if fact in rule.when else "" for fact in asked}
        rows.append({"_id": str(number), "rule": str(number), **cells})
    content = {
        "hitPolicy": _POLICIES[table.hit],
        "outputPath": node,
        "inputs": inputs,
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    return {"id": node, "name": table.name, "type": "decisionTableNode", "content": content}


def _coded(value: Any) -> Any:
    if isinstance(value, str):
        return coded(value)
    return [coded(one) for one in value] if isinstance(value, list) else value


def _outcomes(result: Any, path: str) -> list[Any]:
    """What the `rule` column said, row by row, of the table whose outcome stands at `path`."""
    found = result
    for step in path.split(".") if path else ():
        found = found.get(step) if isinstance(found, dict) else None
    rows = found if isinstance(found, list) else [found]
    return [row["rule"] for row in rows if isinstance(row, dict) and row.get("rule") is not None]
