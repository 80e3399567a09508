"""`freshet eval retrieval DIR`: how well search finds what a folder of questions is known to need."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

_TENANT_GROUP = "Measure on folders of questions with known answers."


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(help=_TENANT_GROUP, no_args_is_help=True)
    group.callback()(_group)
    group.command("retrieval")(retrieval_command)
    app.add_typer(group, name="eval")


def _group() -> None:
    """Measure on folders of questions with known answers."""


def retrieval_command(  # noqa: PLR0913 (one argument per option of the command line)
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="holds corpus.jsonl and a folder per split")],
    split: Annotated[str, typer.Option(help="folder with queries.jsonl and qrels.tsv")] = "dev",
    queries: Annotated[Path | None, typer.Option(help="another file of questions")] = None,
    qrels: Annotated[Path | None, typer.Option(help="another file of judgements")] = None,
    field: Annotated[str, typer.Option(help="field of a question that holds its words")] = "text",
    where: Annotated[list[str] | None, typer.Option(help="FIELD=VALUE; only such questions; may be repeated")] = None,
    history: Annotated[bool, typer.Option("--history/--no-history", help="send earlier turns along")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
) -> None:
    """Index DIR/corpus.jsonl in a scratch tenant, ask its questions, and print how well they were answered."""
    from app.api_client import ApiClient
    from app.callers import make_caller
    from app.evaluation import ask, corpus_tenant, index_corpus, read_queries
    from app.settings import load_settings
    from retrieval.errors import RejectedError

    if not (folder / "corpus.jsonl").is_file():
        raise RejectedError(f"{folder} holds no corpus.jsonl")
    wanted = dict(one.split("=", 1) for one in where or [] if "=" in one)
    asked_file = queries or _first(folder / split / "queries.jsonl", folder / split / "tasks.jsonl")
    questions = read_queries(asked_file, qrels or folder / split / "qrels.tsv", field, wanted)
    caller = make_caller(corpus_tenant(folder), "evaluation", [], ["editor"])
    with ApiClient(load_settings(), caller) as api:
        documents = index_corpus(api, folder, lambda line: print(line, file=sys.stderr))
        scores = ask(api, questions, with_history=history).as_json()
    if as_json:
        report = {"folder": str(folder), "split": split, "documents": documents, **scores}
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
        return
    for name, value in {"documents": documents, **scores}.items():
        sys.stdout.write(f"{name:>16}  {value}\n")


def _first(*paths: Path) -> Path:
    """The first file that is there, else the first path."""
    return next((path for path in paths if path.is_file()), paths[0])
