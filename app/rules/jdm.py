"""JDM files, zen's own format: read, checked down to every cell, and run as they are.

Beside `nodes` and `edges` the file carries `freshet`: {stage, description?, lists?, patterns?, texts?}. A table with an
output column `rule` decides: `rule` and `action` are fixed texts, and so are `text` (a name under `texts`), `text_en`,
`text_zh` and `names` (parted by `;`). All other tables, expressions and switches may prepare what it asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import zen

from app.rules.conditions import Condition
from app.rules.engine import Engine, reason
from app.rules.expressions import check_expression
from app.rules.facts import BY_NAME, FACTS, Facts, check_facts
from app.rules.jdm_cells import literal_of, read_cell
from app.rules.model import STAGE_NAMES, STAGES, Rule, Rules, Stage, Table, known_at
from app.rules.reading import Unplaced, read_rules
from retrieval.errors import RejectedError

MAX_BYTES = 2_000_000
_ALLOWED = ("inputNode", "outputNode", "decisionTableNode", "expressionNode", "switchNode")
_REFUSED = {
    "functionNode": "JavaScript is refused: it can reach the network and need not end",
    "decisionNode": "other rule files cannot be called: what they say may change",
    "customNode": "own kinds of node are not known here",
    "customInputNode": "own kinds of node are not known here",
}
_OWN = ("rule", "action", "text", "text_en", "text_zh", "names")


@dataclass(frozen=True, slots=True)
class Graph:
    """A checked JDM file: its rules as far as they can be read, where each table's outcome stands, what it asks."""

    stage: Stage
    rules: Rules
    body: str
    places: tuple[str, ...]
    wanted: frozenset[str]


def read_jdm(text: str, what: str) -> Graph:
    """The graph in the JSON `text`.

    Raises:
        RejectedError: it is no JDM file, or something in it is refused; the message names node and row.
    """
    body = _body(text, what)
    own = body["freshet"]
    nodes = {str(node.get("id")): node for node in body["nodes"] if isinstance(node, dict)}
    for node in body["nodes"]:
        _check_node(node, what)
    _check_edges(body["edges"], nodes, what)
    stage: Stage = own["stage"]
    known = _known(stage) | set(_made(nodes.values()))
    wanted = frozenset(name for node in nodes.values() for name in _asked(node, known, _place(node, what)))
    deciding = [node for node in nodes.values() if _decides(node)]
    places = _places(deciding, what)
    rules = _rules(own, deciding, what)
    return Graph(stage, rules, text, places, frozenset(name for name in wanted if name in BY_NAME))


def compile_jdm(graph: Graph, what: str) -> Engine:
    """An engine that runs the file itself; it has been tried on two sets of facts.

    Raises:
        RejectedError: zen does not take it.
    """
    try:
        decision = zen.ZenEngine().create_decision(graph.body)
        decision.validate()
    except RuntimeError as error:
        raise RejectedError(f"{what}: {reason(error)}") from None
    tables = zip(graph.places, graph.rules.tables, strict=True)
    places = [(path, table, {rule.name: rule for rule in table.rules}) for path, table in tables]
    engine = Engine(decision, {}, places, graph.wanted, plain=False)
    for facts in trial_facts(graph.stage):
        try:
            engine.run(facts)
        except RejectedError as error:
            raise RejectedError(f"{what}: {error.message}") from None
    return engine


def trial_facts(stage: Stage) -> Iterator[Facts]:
    """The facts of the documentation, and none at all: rules must work on both."""
    there = [fact for fact in FACTS if known_at(fact.stage, stage)]
    yield check_facts({fact.name: fact.example for fact in there}, stage)
    yield check_facts({fact.name: fact.absent for fact in there}, stage)


def _body(text: str, what: str) -> dict[str, Any]:
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise RejectedError(f"{what} is larger than {MAX_BYTES:,} bytes")
    if "\\u0000" in text:
        raise RejectedError(f"{what} holds NUL characters")
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RejectedError(f"{what}: not JSON: {error}") from None
    if not isinstance(body, dict) or not all(isinstance(body.get(key), list) for key in ("nodes", "edges")):
        raise RejectedError(f"{what}: a JDM file is an object with the lists `nodes` and `edges`")
    own = body.get("freshet")
    if not isinstance(own, dict) or own.get("stage") not in STAGES:
        raise RejectedError(
            f'{what}: `freshet` is missing beside `nodes`: say {{"stage": …}} there; it is {STAGE_NAMES}'
        )
    return body


def _place(node: Mapping[str, Any], what: str) -> str:
    return f"{what}, node {str(node.get('name') or node.get('id'))!r}"


def _check_node(node: Any, what: str) -> None:
    kind = node.get("type") if isinstance(node, dict) else None
    if kind in _REFUSED:
        raise RejectedError(f"{_place(node, what)}: {_REFUSED[kind]}")
    if kind not in _ALLOWED:
        raise RejectedError(f"{what}: unknown kind of node {kind!r}; there are {', '.join(_ALLOWED)}")
    content = node.get("content") or {}
    if kind == "decisionTableNode":
        tabular = all(isinstance(content.get(key), list) for key in ("inputs", "outputs", "rules"))
        if not tabular or content.get("hitPolicy", "first") not in {"first", "collect"}:
            raise RejectedError(f"{_place(node, what)}: a table has inputs, outputs, rules, and hits first or collect")
        if content.get("executionMode") == "loop" or content.get("inputField"):
            raise RejectedError(
                f"{_place(node, what)}: a table judges all facts once; loops and input fields are refused"
            )


def _check_edges(edges: Sequence[Any], nodes: Mapping[str, Any], what: str) -> None:
    """Every edge leads from node to node, and none back: zen would go round for ever."""
    following: dict[str, list[str]] = {node: [] for node in nodes}
    for edge in edges:
        source, target = (str(edge.get(key)) if isinstance(edge, dict) else "" for key in ("sourceId", "targetId"))
        if source not in nodes or target not in nodes:
            raise RejectedError(f"{what}: an edge leads from {source!r} to {target!r}, which are not both nodes")
        following[source].append(target)
    open_ends = {node: sum(node in targets for targets in following.values()) for node in nodes}
    ready = [node for node, count in open_ends.items() if not count]
    while ready:
        for target in following[ready.pop()]:
            open_ends[target] -= 1
            if not open_ends[target]:
                ready.append(target)
    if circle := [node for node, count in open_ends.items() if count > 0]:
        raise RejectedError(f"{_place(nodes[circle[0]], what)}: the edges lead in a circle")


def _known(stage: Stage) -> set[str]:
    return {fact.name for fact in FACTS if known_at(fact.stage, stage)} | {"slot"}


def _made(nodes: Any) -> Iterator[str]:
    """Names that the file's own expressions and tables make."""
    for node in nodes:
        content = node.get("content") or {}
        if path := content.get("outputPath"):
            yield str(path).partition(".")[0]
        if node["type"] == "expressionNode":
            yield from (str(one.get("key", "")).partition(".")[0] for one in content.get("expressions", []))
        if node["type"] == "decisionTableNode":
            yield from (str(one.get("field", "")).partition(".")[0] for one in content["outputs"])


def _asked(node: Mapping[str, Any], known: set[str], place: str) -> Iterator[str]:
    """The names that a node's expressions use; all of them are checked on the way."""
    for where, expression in _expressions(node):
        try:
            yield from check_expression(expression, known)
        except ValueError as error:
            raise RejectedError(f"{place}{where}: {error}") from None


def _expressions(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    content = node.get("content") or {}
    for one in content.get("expressions", []) if node["type"] == "expressionNode" else []:
        yield f", {one.get('key')!r}", str(one.get("value", ""))
    for one in content.get("statements", []) if node["type"] == "switchNode" else []:
        yield ", a statement", str(one.get("condition", ""))
    if node["type"] != "decisionTableNode":
        return
    columns = [*content["inputs"], *content["outputs"]]
    yield from ((f", column {one.get('name')!r}", str(one.get("field") or "")) for one in content["inputs"])
    for number, row in enumerate(content["rules"], 1):
        for column in columns:
            cell = str(row.get(str(column.get("id"))) or "")
            if column.get("field") not in _OWN:
                yield f", row {number}", cell


def _decides(node: Mapping[str, Any]) -> bool:
    content = node.get("content") or {}
    return node["type"] == "decisionTableNode" and any(one.get("field") == "rule" for one in content["outputs"])


def _places(deciding: Sequence[Mapping[str, Any]], what: str) -> tuple[str, ...]:
    if not deciding:
        raise RejectedError(f"{what}: no decision table has an output column `rule`: nothing is decided")
    paths = [str((node["content"]).get("outputPath") or "") for node in deciding]
    for number, path in enumerate(paths):
        if path in paths[:number] or (not path and len(paths) > 1):
            raise RejectedError(
                f"{_place(deciding[number], what)}: each table that decides needs an output path of its own"
            )
    return tuple(paths)


def _rules(own: Mapping[str, Any], deciding: Sequence[Mapping[str, Any]], what: str) -> Rules:
    """The rules of the deciding tables: actions read like those of YAML, conditions where a cell has a plain form."""
    plain = {key: own[key] for key in ("description", "lists", "patterns", "texts") if key in own}
    plain["tables"] = [_plain_table(node, own["stage"], _place(node, what)) for node in deciding]
    read = read_rules(Unplaced(plain, what))
    declared = {"lists": read.lists, "patterns": read.patterns}
    tables = []
    for table, node in zip(read.tables, deciding, strict=True):
        rows = zip(table.rules, node["content"]["rules"], strict=True)
        rules = tuple(
            Rule(
                rule.name,
                _conditions(node, row, own["stage"], declared, f"{_place(node, what)}, row {number}"),
                rule.then,
            )
            for number, (rule, row) in enumerate(rows, 1)
        )
        tables.append(Table(table.name, table.stage, table.hit, rules))
    return Rules(tuple(tables), read.lists, read.patterns, read.description)


def _plain_table(node: Mapping[str, Any], stage: Stage, place: str) -> dict[str, Any]:
    content = node["content"]
    columns = {str(one.get("field")): str(one.get("id")) for one in content["outputs"]}
    rules = []
    for number, row in enumerate(content["rules"], 1):
        try:
            said = {field: literal_of(row.get(columns[field])) for field in _OWN if field in columns}
        except ValueError as error:
            raise RejectedError(f"{place}, row {number}: {error}") from None
        texts = {language: said[f"text_{language}"] for language in ("en", "zh") if said.get(f"text_{language}")}
        names = [name.strip() for name in said.get("names", "").split(";") if name.strip()]
        what: Any = said.get("text") or texts or names or True
        if said.get("action") == "require":
            what = {"slot": "; ".join(names), **({"text": texts} if texts else {})}
        rules.append({"rule": said.get("rule", ""), "then": {said.get("action", ""): what}})
    hit = "all" if content.get("hitPolicy") == "collect" else "first"
    name = "-".join(str(node.get("name") or node.get("id")).split())
    return {"table": name, "stage": stage, "hit": hit, "rules": rules}


def _conditions(
    node: Mapping[str, Any], row: Mapping[str, Any], stage: Stage, declared: Mapping[str, Any], place: str
) -> dict[str, Condition]:
    found: dict[str, Condition] = {}
    for column in node["content"]["inputs"]:
        cell = str(row.get(str(column.get("id"))) or "").strip()
        field = str(column.get("field") or "").strip()
        if not cell:
            continue
        try:
            found[field or cell] = read_cell(field, cell, stage, declared)
        except ValueError as error:
            raise RejectedError(f"{place}: {error}") from None
    return found
