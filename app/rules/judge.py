"""A set of rules with its name and version, and the judgement. Pure: the same rules and facts give the same verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.rules.csv_form import read_csv
from app.rules.engine import Engine, compile_tables
from app.rules.facts import Facts, check_facts
from app.rules.features import Features
from app.rules.jdm import compile_jdm, read_jdm
from app.rules.model import STAGES, Fired, Format, Rules, Stage, Verdict
from app.rules.reading import Unplaced, plain_rules, read_rules
from ingestion.cleaning.yaml_source import Located
from retrieval.errors import RejectedError


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One version of one rule file, ready to judge. Version 0 is a built-in or unsaved one."""

    name: str
    version: int
    rules: Rules
    engines: Mapping[Stage, Engine] = field(repr=False, compare=False)
    features: Features = field(repr=False, compare=False)

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits over what the rules say; layout and comments do not count."""
        return hashlib.blake2b(orjson.dumps(plain_rules(self.rules)), digest_size=16).hexdigest()


def judge(ruleset: Ruleset, stage: Stage, facts: Facts) -> Verdict:
    """What `ruleset` says about `facts` at `stage`: the actions of the rules that fit, in order; none when none fits.

    Facts that follow from the texts are found out here, where the rules ask for them and nobody gave them.

    Raises:
        RejectedError: an unknown fact, or one of the wrong kind.
    """
    engine = ruleset.engines.get(stage)
    checked = check_facts(facts, stage)
    if engine is None:
        return Verdict(stage)
    complete = ruleset.features.derive(engine.wanted, checked)
    fired = [
        Fired(ruleset.name, ruleset.version, table.name, rule.name, action)
        for table, rule in engine.run(complete)
        for action in rule.then
    ]
    return Verdict(stage, tuple(fired))


def judge_all(rulesets: Iterable[Ruleset], stage: Stage, facts: Facts) -> Verdict:
    """The verdicts of several rule sets, joined in their order."""
    verdict = Verdict(stage)
    for ruleset in rulesets:
        verdict = verdict.joined(judge(ruleset, stage, facts))
    return verdict


def load_ruleset(body: str, form: Format, name: str, version: int = 0) -> Ruleset:
    """The rule set that the file `body` describes.

    Raises:
        RejectedError: it is none; the message names the place (YAML and CSV: the line) and what is wrong.
    """
    what = f"rules {name!r}"
    if form == "jdm":
        return _with_graph(name, version, body, what)
    source = Located(body, what) if form == "yaml" else read_csv(body, what)
    return ready(name, version, read_rules(source))


def ready(name: str, version: int, rules: Rules) -> Ruleset:
    """The rule set of `rules` in the plain form."""
    engines = {stage: compile_tables(rules.at(stage)) for stage in STAGES if rules.at(stage)}
    return Ruleset(name, version, rules, engines, Features.of(rules))


def from_normal(normal: Mapping[str, Any], name: str, version: int) -> Ruleset:
    """The rule set of a file that was accepted before, from its `normal` form: quicker than reading the file again.

    Raises:
        RejectedError: what was accepted then is not any more.
    """
    what = f"rules {name!r}, version {version}"
    if "nodes" in normal:
        return _with_graph(name, version, orjson.dumps(normal).decode(), what)
    return ready(name, version, read_rules(Unplaced(normal, what)))


def normal_form(ruleset: Ruleset, body: str, form: Format) -> dict[str, Any]:
    """The JSON that `from_normal` reads."""
    if form != "jdm":
        return plain_rules(ruleset.rules)
    graph: dict[str, Any] = orjson.loads(body)
    return graph


def _with_graph(name: str, version: int, body: str, what: str) -> Ruleset:
    graph = read_jdm(body, what)
    features = Features.of(graph.rules)
    engine = compile_jdm(graph, what)
    return Ruleset(name, version, graph.rules, {graph.stage: engine}, features)


def format_of(body: str, file_name: str = "") -> Format:
    """The form of a rule file, by the end of its name, else by how it begins."""
    for ending, form in _ENDINGS.items():
        if file_name.lower().endswith(ending):
            return form
    return "jdm" if body.lstrip().startswith("{") else "yaml"


_ENDINGS: Mapping[str, Format] = {".csv": "csv", ".json": "jdm", ".yaml": "yaml", ".yml": "yaml"}


def check_format(form: str) -> Format:
    """`form` itself where it is one.

    Raises:
        RejectedError: it is not.
    """
    if form not in {"yaml", "csv", "jdm"}:
        raise RejectedError(f"the format is yaml, csv or jdm, not {form!r}")
    return form  # type: ignore[return-value]  # just checked
