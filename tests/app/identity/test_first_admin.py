"""The first administrator is made once, with a password that its owner can know."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from app.identity.first_admin import admin_sign_in, ensure_first_admin
from app.identity.passwords import SAMPLE_PASSWORD
from app.sample_people import PEOPLE, add_people, people_text
from app.settings import Settings, load_settings
from retrieval.errors import RejectedError
from tests.app.identity.conftest import People


@pytest.fixture
def own(database_url: str, engine: Engine, tmp_path: Path) -> Settings:
    return load_settings(freshet_home=tmp_path, database_url=SecretStr(database_url), secret_key=SecretStr("s"))


def test_it_is_made_with_a_password_from_the_secrets_of_this_home(own: Settings, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.json"
    password = json.loads(secrets.read_text())["admin_password"]
    assert ensure_first_admin(own)
    assert admin_sign_in(own) == f"as admin, password {password}"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert not ensure_first_admin(own), "it is made once"


def test_a_password_that_is_given_is_taken(own: Settings) -> None:
    given = own.model_copy(update={"admin_password": SecretStr("given by its owner")})
    assert ensure_first_admin(given)
    assert admin_sign_in(given) == "as admin, password given by its owner"
    assert admin_sign_in(own) == "as admin, with the password you gave it"


def test_a_password_that_is_too_short_is_told_by_the_name_of_its_setting(own: Settings) -> None:
    with pytest.raises(RejectedError, match="ADMIN_PASSWORD: a password needs at least"):
        ensure_first_admin(own.model_copy(update={"admin_password": SecretStr("short")}))


async def test_it_does_not_come_back_where_somebody_else_administers(people: People, own: Settings) -> None:
    ensure_first_admin(own)
    await people.add("boss", ["admin"])
    assert (await people.api.call("DELETE", "/v1/users/admin", user="boss")).status_code == 204
    assert not ensure_first_admin(own)
    assert admin_sign_in(own) == "with an account of yours"


async def test_the_last_administrator_cannot_be_taken_away(people: People, own: Settings) -> None:
    ensure_first_admin(own)
    for method, body in (("DELETE", None), ("PATCH", {"active": False}), ("PATCH", {"roles": ["employee"]})):
        answer = await people.api.call(method, "/v1/users/admin", user="boss", json=body)
        assert (answer.status_code, "last account" in answer.json()["detail"]) == (409, True)


def test_secrets_that_a_home_of_an_earlier_version_lacks_are_made(tmp_path: Path) -> None:
    known = {"secret_key": "k", "postgres_password": "p", "valkey_password": "v"}
    (tmp_path / "secrets.json").write_text(json.dumps(known))
    settings = load_settings(freshet_home=tmp_path)
    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == "k"
    made = json.loads((tmp_path / "secrets.json").read_text())
    assert made == {**known, "admin_password": made["admin_password"]}
    assert settings.admin_password == SecretStr(made["admin_password"])


async def test_people_of_the_sample_can_sign_in(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str, object]] = []

    def send(method: str, path: str, body: object) -> dict[str, list[dict[str, str]]]:
        sent.append((method, path, body))
        return {"items": [{"name": "ada"}]}

    add_people(send, Settings())
    bodies = [body for method, _, body in sent if method == "POST"]
    assert [body["name"] for body in bodies if isinstance(body, dict)] == ["ben", "eve", "chen"]
    for body in bodies:
        assert (await people.api.call("POST", "/v1/users", json=body)).status_code == 201
    session = (await people.sign_in("chen", SAMPLE_PASSWORD)).session
    assert (session["display_name"], session["groups"]) == ("陈静", ["employees", "sales"])


@pytest.mark.parametrize(
    "elsewhere", [{"HOST": "0.0.0.0"}, {"DATABASE_URL": "postgresql://a:b@db/c"}]
)  # fmt: skip
def test_the_sample_has_no_people_where_others_reach_the_service(
    elsewhere: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    sent: list[str] = []
    add_people(lambda method, path, body: sent.append(path), Settings())
    assert sent == []
    assert people_text(Settings()) == ""
    monkeypatch.undo()
    assert all(name in people_text(Settings()) for name in PEOPLE)
