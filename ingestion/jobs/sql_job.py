"""A source's SQL job on the Flink session cluster: submitted, explained, or tried on sample rows."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError
from pyflink.table import EnvironmentSettings, Table, TableEnvironment
from pyflink.util.exceptions import TableException

from ingestion.jobs.planner_words import is_planners, refused, said
from ingestion.sources.document_sql import (
    check_columns,
    dead_letter_insert,
    knowledge_insert,
    literal,
    preview_query,
    quoted,
    view_name,
)
from ingestion.sources.model import DocumentRule
from ingestion.sources.plan import JobPlan, OutputColumn
from retrieval.errors import RejectedError, UnavailableError

_LOCAL = {"execution.target": "local", "parallelism.default": "1"}
_FIELDS = ("id", "kind", "title", "text", "url", "language", "readers", "pack", "generation", "source_time", "metadata")
_SCALED = {"DECIMAL", "TIMESTAMP_WITHOUT_TIME_ZONE", "TIMESTAMP_WITH_LOCAL_TIME_ZONE"}

Columns = dict[str, dict[str, OutputColumn]]


def submit(plan: JobPlan) -> str:
    """Send the job to the cluster that the plan's options name; its id there.

    Raises:
        RejectedError: the plan cannot be executed as it is.
        UnavailableError: the cluster does not answer.
    """
    environment = _environment(plan, EnvironmentSettings.in_streaming_mode())
    columns, problems = _prepare(environment, plan)
    if problems:
        raise RejectedError("\n".join(problems.values()))
    for sink in plan.sinks:
        environment.execute_sql(sink)
    statements = environment.create_statement_set()
    try:
        for rule in plan.documents:
            statements.add_insert_sql(knowledge_insert(plan, rule, columns[rule.kind]))
        statements.add_insert_sql(dead_letter_insert(plan, columns))
        client = statements.execute().get_job_client()
    except (Py4JJavaError, TableException) as error:
        if is_planners(error):
            raise RejectedError(f"the documents cannot be made: {said(error)}") from None
        raise UnavailableError("Flink", f"Flink did not take the job: {said(error)}") from None
    assert client is not None
    return str(client.get_job_id())


def explain(plan: JobPlan) -> tuple[Columns, dict[str, str]]:
    """The columns of each kind of document, and why other kinds cannot be made; what is left is planned as a whole."""
    environment = _environment(plan, EnvironmentSettings.in_streaming_mode(), **_LOCAL)
    columns, problems = _prepare(environment, plan)
    for sink in plan.sinks:
        environment.execute_sql(sink)
    for rule in plan.documents:
        if rule.kind not in columns:
            continue
        one = _only(plan, rule)
        try:
            environment.explain_sql(knowledge_insert(one, rule, columns[rule.kind]))
            environment.explain_sql(dead_letter_insert(one, columns))
        except (Py4JJavaError, TableException) as error:
            problems[rule.kind] = refused(rule, error)
    return {kind: found for kind, found in columns.items() if kind not in problems}, problems


def _only(plan: JobPlan, rule: DocumentRule) -> JobPlan:
    return JobPlan(
        plan.name,
        plan.tenant,
        plan.source,
        plan.generation,
        (),
        (rule,),
        plan.raw_dead_letters,
        text_limit=plan.text_limit,
    )


def preview(plan: JobPlan, count: int) -> dict[str, list[dict[str, Any]]]:
    """The first `count` documents of each kind that the plan makes of its sample rows.

    Raises:
        RejectedError: the plan cannot be executed as it is.
    """
    with tempfile.TemporaryDirectory(prefix="freshet-preview-") as folder:
        environment = _environment(plan, EnvironmentSettings.in_batch_mode(), **_LOCAL)
        for number, sample in enumerate(plan.samples):
            place = Path(folder) / str(number)
            place.mkdir()
            (place / "rows.json").write_text("".join(f"{row}\n" for row in sample.rows), encoding="utf-8")
            environment.execute_sql(
                f"CREATE TEMPORARY TABLE {quoted(sample.name)} ({sample.columns}) WITH ('connector' = 'filesystem', "
                f"'path' = {literal(place.as_uri())}, 'format' = 'json')"
            )
        columns, problems = _prepare(environment, plan)
        if problems:
            raise RejectedError("\n".join(problems.values()))
        return {rule.kind: _first(environment, plan, rule, columns, count) for rule in plan.documents}


def _first(
    environment: TableEnvironment, plan: JobPlan, rule: DocumentRule, columns: Columns, count: int
) -> list[dict[str, Any]]:
    query = preview_query(plan, rule, columns[rule.kind], count)
    documents = []
    try:
        with environment.execute_sql(query).collect() as rows:
            for row in rows:
                values = dict(zip(_FIELDS, tuple(row), strict=True))
                lists = {name: json.loads(values[name]) if values[name] else None for name in ("readers", "metadata")}
                documents.append({**values, **lists})
    except (Py4JJavaError, TableException) as error:
        raise RejectedError(refused(rule, error)) from None
    return documents


def _prepare(environment: TableEnvironment, plan: JobPlan) -> tuple[Columns, dict[str, str]]:
    """Create the plan's tables and views; the columns of each kind, and the kinds that cannot be made."""
    for statement in plan.statements:
        environment.execute_sql(statement)
    columns: Columns = {}
    problems: dict[str, str] = {}
    for rule in plan.documents:
        try:
            table = environment.sql_query(rule.sql)
            produced = _produced(table)
            check_columns(rule, produced)
            environment.create_temporary_view(view_name(rule), table)
            columns[rule.kind] = {column.name: column for column in produced}
        except RejectedError as error:
            problems[rule.kind] = error.message
        except (Py4JJavaError, TableException) as error:
            problems[rule.kind] = refused(rule, error)
    return columns, problems


def _produced(table: Table) -> list[OutputColumn]:
    schema = table._j_table.getResolvedSchema()  # noqa: SLF001 (Python's own schema has no precisions)
    return [_column(one) for one in schema.getColumns()]


def _column(column: Any) -> OutputColumn:
    logical = column.getDataType().getLogicalType()
    root = logical.getTypeRoot().name()
    scale = 0
    if root in _SCALED:
        scale = logical.getScale() if root == "DECIMAL" else logical.getPrecision()
    element = logical.getElementType().getTypeRoot().name() if root == "ARRAY" else ""
    return OutputColumn(column.getName(), root, bool(logical.isNullable()), scale, element)


def _environment(plan: JobPlan, settings: EnvironmentSettings, **options: str) -> TableEnvironment:
    environment = TableEnvironment.create(settings)
    for name, value in {**plan.options, **options}.items():
        environment.get_config().set(name, value)
    return environment
