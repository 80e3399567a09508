"""Looking into dead letters as their readers, mending them, and clearing many."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, text

from tests.app.conftest import Api

RECORD = {"title": "Coffee", "text": "three a day", "readers": ["staff"]}


def bury(engine: Engine, key: str = "p/1", payload: bytes | None = None, source: str = "erp") -> int:
    statement = text(
        "INSERT INTO dead_letters (tenant, source, key, version, stage, reason, payload) "
        "VALUES ('default', :source, :key, 5, 'clean', 'no title', :payload) RETURNING id"
    )
    values = {"source": source, "key": key, "payload": orjson.dumps(RECORD) if payload is None else payload}
    with engine.begin() as connection:
        return int(connection.execute(statement, values).scalar_one())


async def letter(api: Api, number: int, **who: Any) -> Any:
    return (await api.call("GET", f"/v1/dead-letters/{number}", **who)).json()


async def test_its_record_is_for_its_readers(api: Api, engine: Engine) -> None:
    number = bury(engine)
    seen = await letter(api, number, role="editor", groups=["staff"])
    assert (orjson.loads(seen["payload"]), seen["withheld"]) == (RECORD, False)
    for role in ("editor", "admin"):
        other = await letter(api, number, role=role, groups=["sales"])
        assert (other["payload"], other["withheld"]) == (None, True)
    assert (await api.call("GET", f"/v1/dead-letters/{number}", tenant="other")).status_code == 404


async def test_a_record_without_readers_is_for_administrators(api: Api, engine: Engine) -> None:
    number = bury(engine, payload=b"broken {")
    assert (await letter(api, number, role="admin"))["payload"] == "broken {"
    assert (await letter(api, number, role="editor"))["withheld"]


async def test_a_corrected_record_is_what_a_replay_publishes(api: Api, engine: Engine) -> None:
    number = bury(engine)
    who: dict[str, Any] = {"role": "editor", "groups": ["staff"]}
    seen = await letter(api, number, **who)
    body = {"payload": {**RECORD, "title": "Tea"}, "fingerprint": seen["fingerprint"]}
    assert (await api.call("PUT", f"/v1/dead-letters/{number}", json=body, **who)).status_code == 200
    assert (await api.call("PUT", f"/v1/dead-letters/{number}", json=body, **who)).status_code == 409
    await api.call("POST", f"/v1/dead-letters/{number}/replay", **who)
    assert [record.value for record in api.publisher.records] == [{**RECORD, "title": "Tea"}]


async def test_only_readers_correct(api: Api, engine: Engine) -> None:
    number = bury(engine)
    seen = await letter(api, number)
    body = {"payload": RECORD, "fingerprint": seen["fingerprint"]}
    response = await api.call("PUT", f"/v1/dead-letters/{number}", role="editor", groups=["sales"], json=body)
    assert response.status_code == 403


async def test_a_correction_that_cannot_be_read_is_refused(api: Api, engine: Engine) -> None:
    number = bury(engine)
    who: dict[str, Any] = {"role": "editor", "groups": ["staff"]}
    body = {"payload": {**RECORD, "text": 7}, "fingerprint": (await letter(api, number, **who))["fingerprint"]}
    assert (await api.call("PUT", f"/v1/dead-letters/{number}", json=body, **who)).status_code == 422


@pytest.mark.parametrize(("action", "published"), [("replay", 2), ("drop", 0)])
async def test_all_of_a_source_are_cleared_at_once(api: Api, engine: Engine, action: str, published: int) -> None:
    for key in ("1", "2"):
        bury(engine, key)
    bury(engine, "3", source="crm")
    body = {"action": action, "source": "erp"}
    result = (await api.call("POST", "/v1/dead-letters:bulk", role="editor", json=body)).json()
    assert ([one["done"] for one in result["items"]], result["left"]) == ([True, True], 0)
    assert len(api.publisher.records) == published
    counts = (await api.call("GET", "/v1/dead-letter-counts", role="editor")).json()
    assert counts == {"open": 1, "sources": {"crm": 1}}


async def test_those_that_cannot_be_replayed_say_why(api: Api, engine: Engine) -> None:
    ids = [bury(engine, "1"), bury(engine, "2", payload=b"broken")]
    body = {"action": "replay", "ids": ids}
    items = (await api.call("POST", "/v1/dead-letters:bulk", json=body)).json()["items"]
    assert [one["done"] for one in items] == [True, False]
    assert "JSON" in items[1]["detail"]
