"""What a SQL job is to do, as data: made here, carried as JSON, executed in `ingestion.jobs.sql_job`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingestion.sources.model import DocumentRule, FromColumn
from ingestion.sources.templates import Placeholder, Template


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column that a document's query produces, as Flink's planner sees it.

    `root` is the root of its type (VARCHAR, DECIMAL, ARRAY …), `scale` the decimals of a number or of a second,
    `element` the root of an array's items.
    """

    name: str
    root: str
    nullable: bool = True
    scale: int = 0
    element: str = ""


@dataclass(frozen=True, slots=True)
class SampleTable:
    """Rows for a preview: `columns` as CREATE TABLE wants them, `rows` as JSON objects."""

    name: str
    columns: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobPlan:
    """A source's SQL job.

    `statements` create its tables and views, in order; `sinks` the tables of the topics it writes. `raw_dead_letters`
    are queries (id, kind, reason, payload) over records that could not be read. `samples` stand for the physical tables
    in a preview.
    """

    name: str
    tenant: str
    source: str
    generation: int
    statements: tuple[str, ...]
    documents: tuple[DocumentRule, ...]
    raw_dead_letters: tuple[str, ...] = ()
    sinks: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[SampleTable, ...] = ()
    text_limit: int = 1_000_000


def to_json(plan: JobPlan) -> dict[str, Any]:
    """The plan as plain values."""
    values = {item.name: getattr(plan, item.name) for item in dataclasses.fields(plan)}
    values["documents"] = [_rule_to_json(rule) for rule in plan.documents]
    values["samples"] = [{"name": one.name, "columns": one.columns, "rows": one.rows} for one in plan.samples]
    values["options"] = dict(plan.options)
    return values


def from_json(values: Mapping[str, Any]) -> JobPlan:
    """The plan that `to_json` made plain."""
    samples = tuple(SampleTable(one["name"], one["columns"], tuple(one["rows"])) for one in values["samples"])
    tuples = {name: tuple(values[name]) for name in ("statements", "raw_dead_letters", "sinks")}
    documents = tuple(_rule_from_json(rule) for rule in values["documents"])
    return JobPlan(**{**values, **tuples, "documents": documents, "samples": samples})


def _rule_to_json(rule: DocumentRule) -> dict[str, Any]:
    values = {item.name: getattr(rule, item.name) for item in dataclasses.fields(rule)}
    for name in ("title", "text", "url"):
        values[name] = [
            {"column": part.column} if isinstance(part, Placeholder) else part for part in values[name].parts
        ]
    for name in ("language", "readers"):
        if isinstance(values[name], FromColumn):
            values[name] = {"column": values[name].column}
    return {**values, "lines": dict(rule.lines)}


def _rule_from_json(values: Mapping[str, Any]) -> DocumentRule:
    read = dict(values)
    for name in ("title", "text", "url"):
        read[name] = Template(
            tuple(Placeholder(part["column"]) if isinstance(part, dict) else part for part in values[name])
        )
    for name in ("language", "readers"):
        if isinstance(values[name], dict):
            read[name] = FromColumn(values[name]["column"])
        elif isinstance(values[name], list):
            read[name] = tuple(values[name])
    for name in ("key", "metadata"):
        read[name] = tuple(values[name])
    return DocumentRule(**read)
