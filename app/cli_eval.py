"""`freshet eval`: how well the running product finds what it should, and what it makes of it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

Folder = Annotated[Path, typer.Argument(help="holds corpus.jsonl, SPLIT/queries.jsonl and SPLIT/qrels.tsv")]
Split = Annotated[str, typer.Option(help="folder of the questions")]
Queries = Annotated[str, typer.Option(help="another file of questions")]
Qrels = Annotated[str, typer.Option(help="another file of relevant documents")]
Field = Annotated[str, typer.Option(help="which field of a question is asked")]
Where = Annotated[str, typer.Option(metavar="FIELD=VALUE", help="only questions of which this is true")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    commands = typer.Typer(
        help="Measure the product on a folder of questions with known answers.", no_args_is_help=True
    )
    commands.command("retrieval")(retrieval_command)
    commands.command("answers")(answers_command)
    commands.callback()(_together)
    app.add_typer(commands, name="eval")


def _together() -> None:
    """Measure the product on a folder of questions with known answers."""


def retrieval_command(  # noqa: PLR0913 (one per option)
    folder: Folder,
    split: Split = "dev",
    queries: Queries = "queries.jsonl",
    qrels: Qrels = "qrels.tsv",
    field: Field = "text",
    where: Where = "",
    history: Annotated[bool, typer.Option(help="whether earlier turns go with a question")] = True,
    as_json: AsJson = False,
) -> None:
    """Index DIR/corpus.jsonl in a scratch tenant, ask its questions, print how many answers were found how early."""
    from app.api_client import ApiClient
    from app.callers import EDITOR, make_caller
    from app.evaluation import Choice, measure, percentile, read_corpus, read_queries, tenant_of
    from app.evaluation_run import ask, ensure_indexed
    from app.settings import load_settings

    choice = Choice(split, queries, qrels, field, _condition(where))
    corpus, asked = read_corpus(folder), read_queries(folder, choice)
    tenant = tenant_of(corpus)
    with ApiClient(load_settings(), make_caller(tenant, "eval", [], [EDITOR])) as api:
        states = ensure_indexed(api, corpus, _report_progress)
        ask(api, asked[0], with_history=history)
        answers = [(ask(api, query, with_history=history), query.relevant) for query in asked]
    measures = asdict(measure([(found, relevant) for (found, _), relevant in answers]))
    seconds = [took for (_, took), _ in answers]
    latency = {"p50": percentile(seconds, 0.5) * 1000, "p99": percentile(seconds, 0.99) * 1000}
    _print(
        {"folder": folder.name, "tenant": tenant, "documents": len(corpus), "states": states, **measures,
         "latency_ms": {rank: round(value, 1) for rank, value in latency.items()}},
        as_json=as_json,
    )  # fmt: skip


def answers_command(  # noqa: PLR0913 (one per option)
    folder: Folder,
    split: Split = "dev",
    queries: Queries = "queries.jsonl",
    qrels: Qrels = "qrels.tsv",
    field: Field = "text",
    where: Where = "",
    remove: Annotated[
        float, typer.Option(min=0, max=1, help="leave out the documents that answer this share of the questions")
    ] = 0.0,
    limit: Annotated[int, typer.Option(min=1, help="ask at most so many questions")] = 100_000,
    as_json: AsJson = False,
) -> None:
    """Index DIR/corpus.jsonl in a scratch tenant, ask its questions, print what was answered and what refused."""
    from app.api_client import ApiClient
    from app.callers import EDITOR, make_caller
    from app.evaluation import Choice, read_corpus, read_queries, tenant_of
    from app.evaluation_answers import answer, summary, without_relevant
    from app.evaluation_run import ensure_indexed
    from app.settings import load_settings

    choice = Choice(split, queries, qrels, field, _condition(where))
    corpus, asked = read_corpus(folder), read_queries(folder, choice, only_judged=remove > 0)[:limit]
    if remove:
        corpus, asked = without_relevant(corpus, asked, remove)
    tenant = tenant_of(corpus)
    with ApiClient(load_settings(), make_caller(tenant, "eval", [], [EDITOR])) as api:
        states = ensure_indexed(api, corpus, _report_progress)
        results = [answer(api, query) for query in asked]
    told = {"folder": folder.name, "tenant": tenant, "documents": len(corpus), "states": states, **summary(results)}
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        _print_answers(told)


def _condition(where: str) -> tuple[str, str] | None:
    name, equals, value = where.partition("=")
    if where and not equals:
        raise typer.BadParameter("write it as FIELD=VALUE", param_hint="--where")
    return (name, value) if where else None


def _print_answers(told: dict[str, Any]) -> None:
    sys.stdout.write(f"{told['folder']}: {told['documents']} documents, {told['questions']} questions\n")
    columns = (
        "questions",
        "answered",
        "refused",
        "clarify",
        "other",
        "cites_relevant",
        "citations",
        "invalid_citations",
    )
    sys.stdout.write(f"  {'':<16}" + "".join(f"{name.replace('_', ' '):>18}" for name in columns) + "\n")
    for name, group in told["by_answerability"].items():
        cells = [f"{group[one]:.3f}" if isinstance(group[one], float) else str(group[one]) for one in columns]
        sys.stdout.write(f"  {name:<16}" + "".join(f"{cell:>18}" for cell in cells) + "\n")
    latency = told["latency_ms"]
    sys.stdout.write(f"  latency  p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms\n")


def _report_progress(indexed: int, total: int) -> None:
    sys.stderr.write(f"\r{indexed} of {total} documents indexed" + ("\n" if indexed == total else ""))
    sys.stderr.flush()


def _print(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
        return
    states = ", ".join(f"{count} {state}" for state, count in result["states"].items())
    sys.stdout.write(f"{result['folder']}: {result['documents']} documents ({states}), {result['queries']} questions\n")
    names = {
        "recall_at_1": "R@1", "recall_at_5": "R@5", "recall_at_10": "R@10", "hit_at_5": "hit@5",
        "ndcg_at_10": "nDCG@10", "mrr_at_10": "MRR@10",
    }  # fmt: skip
    for name, title in names.items():
        sys.stdout.write(f"  {title:<8} {result[name]:.3f}\n")
    latency = result["latency_ms"]
    sys.stdout.write(f"  latency  p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms\n")
