"""`freshet rules`: validate a rule file, try it on facts, and on past turns. Nothing is stored or sent."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import SQLAlchemyError

from app.admin.rule_views import ConflictView, VerdictView, verdict_view
from app.rules.conflicts import Conflict, conflicts
from app.rules.judge import Ruleset, format_of, judge, load_ruleset
from app.rules.model import STAGE_NAMES, STAGES
from app.rules.replay import PastFacts
from retrieval.errors import RejectedError, UnavailableError

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
File = Annotated[Path, typer.Argument(help="rules: YAML, CSV or JDM (JSON)", exists=True, dir_okay=False)]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    rules = typer.Typer(help="Validate and try rules.", no_args_is_help=True)
    rules.command("check")(check_command)
    rules.command("try")(try_command)
    rules.command("replay")(replay_command)
    app.add_typer(rules, name="rules")


def check_command(file: File, as_json: AsJson = False) -> None:
    """Say what is wrong with a rule file; exit 1 where it is refused, or its rules contradict or shadow each other."""
    try:
        ruleset = _load(file)
    except RejectedError as error:
        if as_json:
            _print_json({"file": str(file), "accepted": False, "error": error.message, "conflicts": []})
        else:
            sys.stderr.write(f"{error.message}\n")
        raise typer.Exit(1) from None
    found = conflicts(ruleset.rules)
    if as_json:
        shown = [ConflictView.of(one).model_dump() for one in found]
        _print_json({"file": str(file), "accepted": True, **_sizes(ruleset), "conflicts": shown})
    else:
        _print_findings(file, ruleset, found)
    if any(one.serious for one in found):
        raise typer.Exit(1)


def try_command(
    file: File,
    facts: Annotated[str, typer.Option("--facts", help="the facts, a JSON object; @FILE reads it from a file")],
    stage: Annotated[
        str, typer.Option(help="greeting, before or after; without it after where there is an answer, else before")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Say what rules say about facts; those that follow from `text` and `answer` may be left out."""
    if stage and stage not in STAGES:
        raise typer.BadParameter(f"the stage is {STAGE_NAMES}", param_hint="--stage")
    given = _facts(facts)
    chosen = next((one for one in STAGES if one == stage), "after" if "answer" in given else "before")
    verdict = verdict_view(judge(_load(file), chosen, given))
    if as_json:
        _print_json(verdict.model_dump())
    else:
        _print_verdict(verdict)


def replay_command(
    file: File,
    against: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="compare with this file; else with no rules at all")
    ] = None,
    tenant: Annotated[str, typer.Option(help="whose turns")] = "default",
    days: Annotated[int, typer.Option(min=1, help="turns of so many last days")] = 30,
    as_json: AsJson = False,
) -> None:
    """Judge past turns by these rules too, and show which would have gone otherwise; nothing is changed."""
    from app.rules.replay import replay

    new, old = _load(file), _load(against) if against else None
    past = asyncio.run(_past(tenant, days))
    changes = replay(old, new, past)
    if as_json:
        shown = [
            {"turn_id": one.turn_id, "stage": one.stage, "before": one.before.rule, "after": one.after.rule}
            for one in changes
        ]
        _print_json({"judged": len(past), "changed": len(changes), "changes": shown})
        return
    for one in changes:
        sys.stdout.write(f"{one.turn_id} {one.stage}: {one.before.rule or 'nothing'} → {one.after.rule or 'nothing'}\n")
    sys.stdout.write(f"{len(changes)} of {len(past)} past judgements would change\n")


async def _past(tenant: str, days: int) -> list[PastFacts]:
    from sqlalchemy.ext.asyncio import create_async_engine

    from app.rules.past import past_facts
    from app.settings import load_settings
    from ingestion.database import async_url

    address = load_settings().database_url
    engine = create_async_engine(async_url(address.get_secret_value() if address else ""))
    try:
        return await past_facts(engine, tenant, days)
    except (SQLAlchemyError, OSError) as error:
        raise UnavailableError("PostgreSQL", f"PostgreSQL does not answer ({type(error).__name__})") from None
    finally:
        await engine.dispose()


def _load(file: Path) -> Ruleset:
    try:
        body = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RejectedError(f"{file} is not UTF-8 (byte {error.start})") from None
    except OSError as error:
        raise RejectedError(f"{file} cannot be read: {error.strerror or error}") from None
    return load_ruleset(body, format_of(body, file.name), file.stem)


def _facts(given: str) -> dict[str, Any]:
    try:
        text = Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given
        facts = json.loads(text)
    except OSError as error:
        raise typer.BadParameter(f"cannot be read: {error.strerror or error}", param_hint="--facts") from None
    except ValueError as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint="--facts") from None
    if not isinstance(facts, dict):
        raise typer.BadParameter('not a JSON object such as {"text": "…"}', param_hint="--facts")
    return facts


def _sizes(ruleset: Ruleset) -> dict[str, int]:
    rules = ruleset.rules
    return {
        "tables": len(rules.tables),
        "rules": sum(len(table.rules) for table in rules.tables),
        "phrases": sum(map(len, rules.lists.values())),
        "patterns": len(rules.patterns),
    }


def _print_findings(file: Path, ruleset: Ruleset, found: tuple[Conflict, ...]) -> None:
    for one in found:
        sys.stdout.write(f"{one.kind}: {one.message}  ({' / '.join(dict.fromkeys(one.tables))})\n")
    counted = ", ".join(f"{count} {what}" for what, count in _sizes(ruleset).items())
    said = "is in order" if not any(one.serious for one in found) else "is valid, but its rules do not go together"
    sys.stdout.write(f"{file} {said}: {counted}\n")


def _print_verdict(verdict: VerdictView) -> None:
    if not verdict.actions:
        sys.stdout.write("no rule fits: nothing to do\n")
    for fired in verdict.actions:
        names = f" {', '.join(fired.names)}" if fired.names else ""
        sys.stdout.write(f"{fired.ruleset}/{fired.version} {fired.rule}: {fired.action}{names}\n")
        sys.stdout.write("".join(f"  {language}: {text}\n" for language, text in fired.texts.items()))
    if verdict.ending:
        sys.stdout.write(f"the turn ends: {verdict.ending} by {verdict.rule}\n")


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
