"""A source's SQL job on the Flink session cluster: submitted, checked, or tried on sample rows.

`python -m ingestion.jobs.sql_job [--explain | --preview N]` reads a JobPlan as JSON on standard input and prints one JSON
object: {"job_id"}, {"columns"} or {"documents"}; or {"error", "kind"} with exit status 1. Kind is "rejected" when the
contract is wrong, "unavailable" when the cluster does not answer.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError
from pyflink.table import EnvironmentSettings, TableEnvironment
from pyflink.util.exceptions import TableException

from ingestion.sources.document_sql import (
    check_columns,
    dead_letter_insert,
    knowledge_insert,
    preview_query,
    view_name,
)
from ingestion.sources.model import DocumentRule
from ingestion.sources.plan import JobPlan, OutputColumn, from_json
from retrieval.errors import FreshetError, RejectedError, UnavailableError

_LOCAL = {"execution.target": "local", "parallelism.default": "1"}
_PLACE = re.compile(r"From line (\d+), column \d+ to line \d+, column \d+: |At line (\d+), column \d+: ")
_PARSED = re.compile(r"SQL parse failed\. (.*?)(?: at line (\d+), column \d+)?\.?$", re.DOTALL)

Columns = dict[str, dict[str, OutputColumn]]


def prepare(environment: TableEnvironment, plan: JobPlan) -> Columns:
    """Create the plan's tables and views; the columns of each kind of document.

    Raises:
        RejectedError: Flink's planner refuses a query, or a template names a column that is not there.
    """
    for statement in plan.statements:
        environment.execute_sql(statement)
    columns: Columns = {}
    problems: list[str] = []
    for rule in plan.documents:
        try:
            columns[rule.kind] = _document(environment, rule)
        except RejectedError as error:
            problems.append(error.message)
    if problems:
        raise RejectedError("\n".join(problems))
    return columns


def _document(environment: TableEnvironment, rule: DocumentRule) -> dict[str, OutputColumn]:
    try:
        table = environment.sql_query(rule.sql)
    except (Py4JJavaError, TableException) as error:
        raise RejectedError(_refused(rule, error)) from None
    environment.create_temporary_view(view_name(rule), table)
    produced = [_column(one) for one in table._j_table.getResolvedSchema().getColumns()]
    check_columns(rule, produced)
    return {column.name: column for column in produced}


def _column(column: Any) -> OutputColumn:
    logical = column.getDataType().getLogicalType()
    root = logical.getTypeRoot().name()
    timed = root in {"DECIMAL", "TIMESTAMP_WITHOUT_TIME_ZONE", "TIMESTAMP_WITH_LOCAL_TIME_ZONE"}
    scale = (logical.getScale() if root == "DECIMAL" else logical.getPrecision()) if timed else 0
    element = logical.getElementType().getTypeRoot().name() if root == "ARRAY" else ""
    return OutputColumn(column.getName(), root, bool(logical.isNullable()), scale, element)


def _refused(rule: DocumentRule, error: Exception) -> str:
    """What the planner said of a query, in one sentence with the line of the contract."""
    said = innermost(error)
    first = rule.lines.get("sql", 1)
    place = _PLACE.search(said)
    parsed = _PARSED.search(said)
    number = int(place.group(1) or place.group(2)) if place else int(parsed.group(2) or 1) if parsed else 1
    words = said[place.end() :] if place else parsed.group(1) if parsed else said
    return f"line {first + number - 1}: document '{rule.kind}': {' '.join(words.split())}"


def innermost(error: Exception) -> str:
    """The message of the last cause that has one."""
    if not isinstance(error, Py4JJavaError):
        return str(error)
    cause, said = error.java_exception, ""
    while cause is not None:
        said = cause.getMessage() or said
        cause = cause.getCause()
    return str(said or error)


def submit(plan: JobPlan) -> str:
    """Send the job to the cluster that the plan's options name; its id there.

    Raises:
        RejectedError: the plan cannot be executed as it is.
        UnavailableError: the cluster does not answer.
    """
    environment = _environment(plan, EnvironmentSettings.in_streaming_mode())
    columns = prepare(environment, plan)
    statements = _statements(environment, plan, columns)
    try:
        client = statements.execute().get_job_client()
    except (Py4JJavaError, TableException) as error:
        raise UnavailableError("Flink", f"Flink did not take the job: {innermost(error)}") from None
    assert client is not None
    return str(client.get_job_id())


def explain(plan: JobPlan) -> tuple[Columns, str]:
    """The columns of each kind of document and the planner's own account of the job, without running it."""
    environment = _environment(plan, EnvironmentSettings.in_streaming_mode(), **_LOCAL)
    columns = prepare(environment, plan)
    return columns, str(_statements(environment, plan, columns).explain())


def _statements(environment: TableEnvironment, plan: JobPlan, columns: Columns) -> Any:
    for sink in plan.sinks:
        environment.execute_sql(sink)
    statements = environment.create_statement_set()
    try:
        statements.add_insert_sql(knowledge_insert(plan, columns))
        statements.add_insert_sql(dead_letter_insert(plan, columns))
        statements.explain()
    except (Py4JJavaError, TableException) as error:
        raise RejectedError(f"the documents cannot be made: {innermost(error)}") from None
    return statements


def preview(plan: JobPlan, count: int) -> dict[str, list[dict[str, Any]]]:
    """The first `count` documents of each kind that the plan makes of its sample rows."""
    with tempfile.TemporaryDirectory(prefix="freshet-preview-") as folder:
        environment = _environment(plan, EnvironmentSettings.in_batch_mode(), **_LOCAL)
        for number, sample in enumerate(plan.samples):
            place = Path(folder) / str(number)
            place.mkdir()
            (place / "rows.json").write_text("".join(f"{row}\n" for row in sample.rows), encoding="utf-8")
            declared = ", ".join(f"`{name}` {kind}" for name, kind in sample.columns)
            environment.execute_sql(
                f"CREATE TEMPORARY TABLE `{sample.name}` ({declared}) WITH ('connector' = 'filesystem', "
                f"'path' = 'file://{place}', 'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601')"
            )
        columns = prepare(environment, plan)
        return {rule.kind: _first(environment, plan, rule, columns, count) for rule in plan.documents}


_FIELDS = ("id", "kind", "title", "text", "url", "language", "readers", "pack", "generation", "source_time", "metadata")


def _first(
    environment: TableEnvironment, plan: JobPlan, rule: DocumentRule, columns: Columns, count: int
) -> list[dict[str, Any]]:
    query = preview_query(plan, rule, columns[rule.kind])
    documents = []
    with environment.execute_sql(f"SELECT * FROM ({query}) LIMIT {count}").collect() as rows:
        for row in rows:
            values = dict(zip(_FIELDS, tuple(row), strict=True))
            values["source_time"] = str(values["source_time"])
            documents.append(values)
    return documents


def _environment(plan: JobPlan, settings: EnvironmentSettings, **options: str) -> TableEnvironment:
    environment = TableEnvironment.create(settings)
    for name, value in {**plan.options, **options}.items():
        environment.get_config().set(name, value)
    return environment


def main() -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description="Submit a source's SQL job; its plan is read from standard input.")
    parser.add_argument("--explain", action="store_true", help="only check that Flink's planner takes it")
    parser.add_argument("--preview", type=int, metavar="N", help="print the first N documents made of the sample rows")
    arguments = parser.parse_args()
    plan = from_json(json.load(sys.stdin))
    answer: dict[str, Any]
    try:
        if arguments.preview is not None:
            answer = {"documents": preview(plan, arguments.preview)}
        elif arguments.explain:
            columns, _ = explain(plan)
            answer = {"columns": {kind: list(found) for kind, found in columns.items()}}
        else:
            answer = {"job_id": submit(plan)}
    except FreshetError as error:
        kind = "rejected" if isinstance(error, RejectedError) else "unavailable"
        answer = {"error": error.message, "kind": kind}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 1 if "error" in answer else 0


if __name__ == "__main__":
    sys.exit(main())
