"""The audit log: what is written, who sees it, and that nobody changes it unnoticed."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from app.cli import build
from app.identity.audit import append, heads, verify
from app.identity.audit_chain import BEGINNING, Entry, Head, breaks
from app.settings import Settings
from tests.app.conftest import SECRET, Api
from tests.app.identity.conftest import PASSWORD, People


@pytest.fixture
def written(engine: Engine) -> Engine:
    """Six entries of one tenant, and one of another."""
    for number in range(1, 7):
        with engine.begin() as connection:
            append(
                connection, SECRET, "default", "ann", ("thing.done", f"thing:{number}", {"number": number, "b": ["x"]})
            )
    with engine.begin() as connection:
        append(connection, SECRET, "other", "bob", ("thing.done", "thing:1", {}))
    return engine


def tampered(engine: Engine, *statements: str) -> list[tuple[int, str]]:
    """What verifying finds after somebody with all rights on the database did this."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
    with engine.connect() as connection:
        assert verify(connection, SECRET, "other") == []
        return [(found.sequence, found.kind) for found in verify(connection, SECRET, "default")]


def test_a_log_that_nobody_touched_is_whole(written: Engine) -> None:
    assert tampered(written) == []


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'bob'", "action = 'x'", "object = 'x'", "detail = '{}'", "at = at + interval '1 microsecond'",
        "detail = detail || '{\"number\": 4}'",
    ],
)  # fmt: skip
def test_a_changed_entry_is_found(written: Engine, change: str) -> None:
    assert tampered(written, f"UPDATE audit_entries SET {change} WHERE sequence = 3 AND tenant = 'default'") == [
        (3, "changed")
    ]


def test_a_changed_entry_with_a_hash_that_fits_is_found_by_the_one_after_it(written: Engine) -> None:
    with written.begin() as connection:
        row = connection.execute(text("SELECT * FROM audit_entries WHERE sequence = 3 AND tenant = 'default'")).one()
    values = {name: getattr(row, name) for name in Entry.__slots__} | {"actor": "bob"}
    change = f"actor = 'bob', hash = '{Entry(**values).digest}'"
    found = tampered(written, f"UPDATE audit_entries SET {change} WHERE sequence = 3 AND tenant = 'default'")
    assert found == [(4, "reordered")]


@pytest.mark.parametrize("sequence", [1, 3, 5])
def test_a_removed_entry_is_found(written: Engine, sequence: int) -> None:
    found = tampered(written, f"DELETE FROM audit_entries WHERE sequence = {sequence} AND tenant = 'default'")
    assert found == [(sequence, "removed")]


def test_a_removed_last_entry_is_found(written: Engine) -> None:
    found = tampered(written, "DELETE FROM audit_entries WHERE sequence = 6 AND tenant = 'default'")
    assert found == [(6, "removed")]


def test_an_end_cut_off_together_with_the_head_is_found_by_its_signature(written: Engine) -> None:
    found = tampered(
        written,
        "DELETE FROM audit_entries WHERE sequence > 4 AND tenant = 'default'",
        "UPDATE audit_heads SET sequence = 4, hash = (SELECT hash FROM audit_entries WHERE sequence = 4) "
        "WHERE tenant = 'default'",
    )
    assert found == [(4, "head")]


def test_a_log_removed_as_a_whole_is_found(written: Engine) -> None:
    assert tampered(written, "DELETE FROM audit_entries WHERE tenant = 'default'") == [(1, "removed")]


def test_a_removed_head_is_found(written: Engine) -> None:
    assert tampered(written, "DELETE FROM audit_heads WHERE tenant = 'default'") == [(6, "head")]
    with written.connect() as connection:
        assert [head.tenant for head in heads(connection)] == ["default", "other"]


def test_an_inserted_entry_is_found(written: Engine) -> None:
    found = tampered(
        written,
        "UPDATE audit_entries SET sequence = sequence + 100 WHERE sequence > 2 AND tenant = 'default'",
        "UPDATE audit_entries SET sequence = sequence - 99 WHERE sequence > 100 AND tenant = 'default'",
        "INSERT INTO audit_entries SELECT tenant, 3, at, 'bob', action, object, detail, previous_hash, hash "
        "FROM audit_entries WHERE sequence = 2 AND tenant = 'default'",
    )
    assert (3, "changed") in found
    assert (7, "inserted") in found


def test_an_entry_added_behind_the_end_is_found(written: Engine) -> None:
    found = tampered(
        written,
        "INSERT INTO audit_entries SELECT tenant, 7, at, actor, action, object, detail, hash, hash "
        "FROM audit_entries WHERE sequence = 6 AND tenant = 'default'",
    )
    assert (7, "inserted") in found


def test_entries_in_another_order_are_found(written: Engine) -> None:
    found = tampered(
        written,
        "UPDATE audit_entries SET sequence = 100 WHERE sequence = 2 AND tenant = 'default'",
        "UPDATE audit_entries SET sequence = 2 WHERE sequence = 3 AND tenant = 'default'",
        "UPDATE audit_entries SET sequence = 3 WHERE sequence = 100 AND tenant = 'default'",
    )
    assert {(2, "reordered"), (3, "reordered")} <= set(found)


def test_a_log_and_head_put_back_to_an_earlier_time_are_found_by_a_head_noted_elsewhere(written: Engine) -> None:
    with written.begin() as connection:
        before = next(head for head in heads(connection) if head.tenant == "default")
        append(connection, SECRET, "default", "ann", ("thing.done", "thing:7", {}))
    with written.connect() as connection:
        noted = next(head for head in heads(connection) if head.tenant == "default")
        assert verify(connection, SECRET, "default", (noted.sequence, noted.hash)) == []
    signed = f"sequence = 6, hash = '{before.hash}', signature = '{before.signature(SECRET)}'"
    back = f"UPDATE audit_heads SET {signed} WHERE tenant = 'default'"
    assert tampered(written, "DELETE FROM audit_entries WHERE sequence = 7 AND tenant = 'default'", back) == []
    with written.connect() as connection:
        assert [one.kind for one in verify(connection, SECRET, "default", (noted.sequence, noted.hash))] == ["head"]


def test_another_secret_key_is_told(written: Engine) -> None:
    with written.connect() as connection:
        assert [one.kind for one in verify(connection, "another", "default")] == ["head"]


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor = 'bob'", "DELETE FROM audit_entries"])
def test_the_database_itself_lets_the_log_only_grow(written: Engine, statement: str) -> None:
    with written.connect() as connection, pytest.raises(DBAPIError, match="only grows"):
        connection.execute(text(statement))


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=8), st.data())
def test_any_change_of_any_chain_is_found(actors: list[str], data: st.DataObject) -> None:
    stored: list[tuple[Entry, str]] = []
    previous = BEGINNING
    for sequence, actor in enumerate(actors, 1):
        entry = Entry("t", sequence, datetime(2026, 1, 1, tzinfo=UTC), actor, "a", "o", {}, previous)
        previous = entry.digest
        stored.append((entry, previous))
    head = Head("t", len(stored), previous)
    signature = head.signature(SECRET)
    assert list(breaks(head, signature, SECRET, stored)) == []
    kept = data.draw(st.lists(st.sampled_from(stored), max_size=10) if stored else st.just([]))
    if kept != stored:
        assert list(breaks(head, signature, SECRET, kept))


async def test_deeds_at_once_stand_one_after_another(api: Api, engine: Engine) -> None:
    log = api.app.state.identity.audit
    await asyncio.gather(*[log.write("default", "ann", "thing.done", f"thing:{n}") for n in range(30)])
    with engine.connect() as connection:
        assert verify(connection, SECRET, "default") == []
        assert [head.sequence for head in heads(connection)] == [30]


async def test_what_cannot_be_stored_as_it_is_is_written_and_verifies(api: Api, engine: Engine) -> None:
    await api.app.state.identity.audit.write("default", "a\0b", "x", "y" * 999, text="\0", number=1.5, some={"b", "a"})
    with engine.connect() as connection:
        assert verify(connection, SECRET, "default") == []


async def entries(api: Api, **query: Any) -> list[dict[str, Any]]:
    response = await api.call("GET", "/v1/audit", user="root", params=query)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def test_sign_ins_are_written_down_those_that_failed_too(people: People) -> None:
    await people.add("ann")
    browser = await people.sign_in("ann")
    await browser.call("DELETE", "/v1/session")
    await (await people.browser()).post("/v1/session", json={"user": "ann", "password": "not the one"})
    found = [(one["actor"], one["action"]) for one in await entries(people.api)]
    assert found == [
        ("ann", "session.refused"),
        ("ann", "session.ended"),
        ("ann", "session.begun"),
        ("root", "user.added"),
    ]
    assert PASSWORD not in json.dumps(await entries(people.api))


async def test_strangers_make_no_log_of_a_tenant_that_nobody_has(people: People, engine: Engine) -> None:
    await (await people.browser()).post("/v1/session", json={"tenant": "x", "user": "a", "password": "b"})
    with engine.connect() as connection:
        assert heads(connection) == []


async def test_deeds_of_editors_and_administrators_are_written_down(api: Api) -> None:
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/users", {"json": {"name": "ann", "roles": ["editor"]}}),
        ("PATCH", "/v1/users/ann", {"json": {"roles": ["employee"]}}),
        ("DELETE", "/v1/users/ann", {}),
        ("PUT", "/v1/groups/staff", {"json": {"description": "all"}}),
        ("DELETE", "/v1/groups/staff", {}),
        ("PUT", "/v1/cleaning-packs/own", {"content": "steps: [unicode]"}),
        ("POST", "/v1/documents", {"data": {"readers": "public"}, "files": {"file": ("a.txt", b"text")}}),
    ]
    for method, path, more in steps:
        response = await api.call(method, path, user="root", **more)
        assert response.is_success, (path, response.text)
    found = [(one["actor"], one["action"]) for one in await entries(api)]
    assert found == [("root", action) for action in (
        "document.uploaded", "pack.put", "group.deleted", "group.put", "user.deleted", "user.changed", "user.added",
    )]  # fmt: skip


async def test_the_log_is_read_in_pages_and_by_actor_and_action(written: Engine, api: Api) -> None:
    first = (await api.call("GET", "/v1/audit", params={"limit": 4})).json()
    assert [one["sequence"] for one in first["items"]] == [6, 5, 4, 3]
    rest = (await api.call("GET", "/v1/audit", params={"limit": 4, "cursor": first["next_cursor"]})).json()
    assert ([one["sequence"] for one in rest["items"]], rest["next_cursor"]) == ([2, 1], None)
    assert await entries(api, actor="bob") == []
    assert len(await entries(api, actor="ann", action="thing.done")) == 6
    assert len(await entries(api, object="thing:2")) == 1


async def test_an_administrator_sees_whether_the_log_is_whole(written: Engine, api: Api) -> None:
    whole = (await api.call("GET", "/v1/audit/verification")).json()
    assert (whole["whole"], whole["sequence"], whole["breaks"]) == (True, 6, [])
    tampered(written, "DELETE FROM audit_entries WHERE sequence = 3 AND tenant = 'default'")
    broken = (await api.call("GET", "/v1/audit/verification")).json()
    assert (broken["whole"], broken["breaks"][0]["kind"]) == (False, "removed")


def test_verify_on_the_command_line_exits_by_what_it_finds(
    written: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(database_url=SecretStr(database_url), secret_key=SecretStr(SECRET))
    monkeypatch.setattr("app.settings.load_settings", lambda: settings)
    command = ["audit", "verify", "--json"]
    whole = CliRunner().invoke(build(command), command)
    assert (whole.exit_code, json.loads(whole.stdout)["whole"]) == (0, True)
    tampered(written, "DELETE FROM audit_entries WHERE sequence = 6 AND tenant = 'default'")
    broken = CliRunner().invoke(build(command), command)
    assert (broken.exit_code, json.loads(broken.stdout)["tenants"][0]["breaks"][0]["kind"]) == (1, "removed")
    shown = CliRunner().invoke(build(command), command[:2])
    assert (shown.exit_code, "removed" in shown.stdout) == (1, True)
