"""Flink's Java client as a process: it takes seconds to start, so it answers several requests before it ends.

`python -m ingestion.jobs.client` reads one JSON object per line of standard input and answers each by a line:
{"action": "submit", "plan"} → {"job_id"}; {"action": "explain", "plan"} → {"columns", "problems"};
{"action": "preview", "plan", "count"} → {"documents"}; {"action": "index", "config"} → {"job_id"}.
A failure is {"error", "kind"}: "rejected" when the request is wrong, "unavailable" when the cluster is. It ends after
30 s without a request.
"""

from __future__ import annotations

import json
import select
import sys
from collections.abc import Mapping
from typing import Any

from py4j.protocol import Py4JJavaError
from pyflink.util.exceptions import TableException

from ingestion.jobs import sql_job
from ingestion.jobs.config import IndexingConfig
from ingestion.jobs.planner_words import is_planners, said
from ingestion.sources.plan import from_json
from retrieval.errors import FreshetError, RejectedError

_IDLE_SECONDS = 30.0


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked, done; failures as {"error", "kind"}."""
    try:
        return _do(request)
    except FreshetError as error:
        return {"error": error.message, "kind": "rejected" if isinstance(error, RejectedError) else "unavailable"}
    except (Py4JJavaError, TableException) as error:
        return {"error": said(error), "kind": "rejected" if is_planners(error) else "unavailable"}


def _do(request: Mapping[str, Any]) -> dict[str, Any]:
    action = request["action"]
    if action == "index":
        from ingestion.jobs import indexing_job

        config = {**request["config"], "jars": tuple(request["config"]["jars"])}
        return {"job_id": indexing_job.submit(IndexingConfig(**config))}
    plan = from_json(request["plan"])
    if action == "preview":
        return {"documents": sql_job.preview(plan, int(request["count"]))}
    if action == "explain":
        columns, problems = sql_job.explain(plan)
        return {"columns": {kind: list(found) for kind, found in columns.items()}, "problems": problems}
    return {"job_id": sql_job.submit(plan)}


def main() -> None:
    """See the module's docstring."""
    while select.select([sys.stdin], [], [], _IDLE_SECONDS)[0]:
        line = sys.stdin.readline()
        if not line:
            return
        sys.stdout.write(json.dumps(answer(json.loads(line)), ensure_ascii=False) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
