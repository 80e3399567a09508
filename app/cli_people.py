"""`freshet users add`, `users list` and `audit verify`."""

from __future__ import annotations

import getpass
import json
import secrets
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Tenant = Annotated[str, typer.Option(help="tenant to act in")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    users = typer.Typer(help="Accounts: add, list.", no_args_is_help=True)
    users.command("add")(add_command)
    users.command("list")(list_command)
    app.add_typer(users, name="users")
    audit = typer.Typer(help="The audit log: verify that nobody has changed it.", no_args_is_help=True)
    audit.command("verify")(verify_command)
    audit.callback()(_audit)
    app.add_typer(audit, name="audit")


def add_command(
    name: Annotated[str, typer.Argument(help="how the person signs in")],
    role: Annotated[
        list[str] | None, typer.Option(help="customer, employee, agent, editor or admin; may be repeated")
    ] = None,
    group: Annotated[list[str] | None, typer.Option(help="a group to be in; may be repeated")] = None,
    display_name: Annotated[str, typer.Option(help="how the person is shown")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="read the password from there")] = False,
    tenant: Tenant = "default",
) -> None:
    """Make an account. The password is asked for; where nobody can be asked, one is made and printed."""
    given = _password(from_standard_input=password_stdin)
    password = given or secrets.token_urlsafe(12)
    body: dict[str, Any] = {"name": name, "display_name": display_name, "password": password}
    with _administrator(tenant) as api:
        made = api.post("/v1/users", {**body, "roles": role or [], "groups": group or []})
    sys.stdout.write(f"{made['name']}: {', '.join(made['roles'])}\n")
    if not given:
        sys.stdout.write(f"password {password}\n")


def list_command(tenant: Tenant = "default", as_json: AsJson = False) -> None:
    """The accounts of a tenant."""
    found: list[dict[str, Any]] = []
    query: dict[str, str | int] = {"limit": 200}
    with _administrator(tenant) as api:
        while True:
            page = api.get("/v1/users", **query)
            found += page["items"]
            if not page["next_cursor"]:
                break
            query["cursor"] = page["next_cursor"]
    if as_json:
        _print_json({"users": found})
        return
    for user in found:
        state = "" if user["active"] else "  (not active)"
        sys.stdout.write(f"{user['name']:<24} {', '.join(user['roles']):<28} {', '.join(user['groups'])}{state}\n")


def verify_command(
    tenant: Annotated[str, typer.Option(help="only this tenant")] = "",
    head: Annotated[
        str, typer.Option(help="with --tenant: a head noted before, SEQUENCE:HASH, that must still be in the log")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Hold every entry against its hash, its place and the signed end; exit 1 where the log was changed."""
    from sqlalchemy import create_engine

    from app.identity import audit
    from app.settings import load_settings
    from ingestion.database import sync_url

    noted = _noted(head, tenant)
    settings = load_settings()
    assert settings.database_url is not None
    assert settings.secret_key is not None
    secret = settings.secret_key.get_secret_value()
    reports = []
    engine = create_engine(sync_url(settings.database_url.get_secret_value()), isolation_level="REPEATABLE READ")
    with _answering(), engine.connect() as connection:
        for one in audit.heads(connection):
            if tenant in {"", one.tenant}:
                wrong = audit.verify(connection, secret, one.tenant, noted)
                reports.append({**asdict(one), "breaks": [asdict(found) for found in wrong]})
    engine.dispose()
    if as_json:
        _print_json({"tenants": reports, "whole": not any(report["breaks"] for report in reports)})
    else:
        _print_reports(reports)
    if any(report["breaks"] for report in reports):
        raise typer.Exit(1)


def _audit() -> None:
    """The audit log: verify that nobody has changed it."""


def _print_reports(reports: list[dict[str, Any]]) -> None:
    if not reports:
        sys.stdout.write("There are no entries.\n")
    for report in reports:
        state = (
            "is not what was written" if report["breaks"] else f"is whole; head {report['sequence']}:{report['hash']}"
        )
        sys.stdout.write(f"{report['tenant']}: the log of {report['sequence']} entries {state}\n")
        for found in report["breaks"]:
            sys.stdout.write(f"  {found['sequence']:>8}  {found['kind']:<10} {found['reason']}\n")


def _noted(head: str, tenant: str) -> tuple[int, str] | None:
    if not head:
        return None
    sequence, _, digest = head.partition(":")
    if not sequence.isdecimal() or not digest or not tenant:
        raise typer.BadParameter("--head is SEQUENCE:HASH, as an earlier verify printed it, and needs --tenant")
    return int(sequence), digest


def _password(*, from_standard_input: bool) -> str:
    """The password that was typed or piped; "" where there is nobody to ask."""
    if from_standard_input:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        return ""
    first = getpass.getpass("Password (empty: one is made): ")
    if first and first != getpass.getpass("Again: "):
        raise typer.BadParameter("the two passwords differ")
    return first


def _administrator(tenant: str) -> Any:
    from app.api_client import ApiClient
    from app.callers import ADMIN, make_caller
    from app.settings import load_settings

    return ApiClient(load_settings(), make_caller(tenant, "cli", [], [ADMIN]))


def _answering() -> Any:
    """Turns the database's absence into the sentence for it."""
    from contextlib import contextmanager

    from sqlalchemy.exc import OperationalError

    from retrieval.errors import UnavailableError

    @contextmanager
    def answering() -> Any:
        try:
            yield
        except OperationalError as error:
            raise UnavailableError("PostgreSQL", f"PostgreSQL does not answer: {error.orig}") from None

    return answering()


def _print_json(body: object) -> None:
    sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
