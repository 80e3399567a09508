"""Dead letters: listed newest first, published again unless overtaken, and given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, text

from tests.app.conftest import Api


@pytest.fixture
def bury(engine: Engine) -> Callable[..., int]:
    def dead_letter(key: str = "p/1", payload: bytes | None = b'{"text": "x"}', tenant: str = "default") -> int:
        with engine.begin() as connection:
            return int(
                connection.execute(
                    text(
                        "INSERT INTO dead_letters (tenant, source, key, version, stage, reason, payload) "
                        "VALUES (:tenant, 'erp', :key, 5, 'clean', 'no title', :payload) RETURNING id"
                    ),
                    {"tenant": tenant, "key": key, "payload": payload},
                ).scalar_one()
            )

    return dead_letter


async def test_they_are_listed_newest_first_over_pages(api: Api, bury: Callable[..., int]) -> None:
    ids = [bury(f"p/{number}") for number in range(3)]
    first = (await api.call("GET", "/v1/dead-letters", params={"limit": 2})).json()
    rest = (await api.call("GET", "/v1/dead-letters", params={"cursor": first["next_cursor"]})).json()
    assert [letter["id"] for letter in first["dead_letters"] + rest["dead_letters"]] == ids[::-1]
    assert rest["next_cursor"] is None
    assert (first["dead_letters"][0]["reason"], first["dead_letters"][0]["payload_bytes"]) == ("no title", 13)


async def test_their_text_is_not_shown(api: Api, bury: Callable[..., int]) -> None:
    bury(payload=orjson.dumps({"text": "for finance only"}))
    assert "finance" not in (await api.call("GET", "/v1/dead-letters")).text


async def test_replay_publishes_the_same_change_again(api: Api, bury: Callable[..., int]) -> None:
    letter = bury()
    response = await api.call("POST", f"/v1/dead-letters/{letter}/replay", role="editor")
    assert (response.status_code, response.json()["state"]) == (202, "replayed")
    assert [(record.key, record.value) for record in api.publisher.records] == [("p/1", {"text": "x"})]
    assert (await api.call("POST", f"/v1/dead-letters/{letter}/replay")).status_code == 409


async def test_a_replay_that_kafka_did_not_take_stays_open(api: Api, bury: Callable[..., int]) -> None:
    letter = bury()
    api.publisher.down = True
    assert (await api.call("POST", f"/v1/dead-letters/{letter}/replay")).status_code == 503
    assert [one["id"] for one in (await api.call("GET", "/v1/dead-letters")).json()["dead_letters"]] == [letter]


async def test_an_overtaken_change_is_not_replayed_over_the_newer_one(
    api: Api, bury: Callable[..., int], show: Callable[..., Any]
) -> None:
    letter = bury()
    show(api, source="erp", key="p/1", readers=["public"], version=6)
    response = await api.call("POST", f"/v1/dead-letters/{letter}/replay")
    assert (response.status_code, api.publisher.records) == (409, [])


@pytest.mark.parametrize("payload", [None, b"", b"\xff", b"[1]", b"{"])
async def test_what_is_no_document_is_not_replayed(api: Api, bury: Callable[..., int], payload: bytes | None) -> None:
    response = await api.call("POST", f"/v1/dead-letters/{bury(payload=payload)}/replay")
    assert (response.status_code, "from its source" in response.json()["detail"]) == (422, True)


async def test_a_dropped_one_is_no_longer_open(api: Api, bury: Callable[..., int]) -> None:
    letter = bury()
    assert (await api.call("DELETE", f"/v1/dead-letters/{letter}")).status_code == 204
    assert (await api.call("GET", "/v1/dead-letters")).json()["dead_letters"] == []
    dropped = (await api.call("GET", "/v1/dead-letters", params={"state": "dropped"})).json()["dead_letters"]
    assert [one["id"] for one in dropped] == [letter]


async def test_those_of_another_tenant_do_not_exist(api: Api, bury: Callable[..., int]) -> None:
    letter = bury(tenant="other")
    assert (await api.call("GET", "/v1/dead-letters")).json()["dead_letters"] == []
    assert (await api.call("POST", f"/v1/dead-letters/{letter}/replay")).status_code == 404
    assert (await api.call("DELETE", f"/v1/dead-letters/{letter}")).status_code == 404
