"""Trying contracts, pausing and resuming, two administrators on one contract, and what was sampled."""

from __future__ import annotations

from sqlalchemy import Engine, text

from ingestion.sampling import take_sample
from tests.app.admin.test_sources import CONTRACT, HEADERS, put
from tests.app.conftest import Api
from tests.app.documents import put_document


async def test_mistakes_of_a_contract_come_with_their_lines(api: Api) -> None:
    broken = CONTRACT.replace("readers: [public]", "raeders: [public]")
    answer = await api.call("POST", "/v1/sources/shop/check", content=broken.encode(), headers=HEADERS)
    problems = answer.json()["problems"]
    assert answer.status_code == 200
    assert problems
    assert all(one["line"] > 0 and not one["detail"].startswith("line") for one in problems)


async def test_a_contract_for_another_source_is_no_contract_for_this_one(api: Api) -> None:
    answer = await api.call("POST", "/v1/sources/other/check", content=CONTRACT.encode(), headers=HEADERS)
    assert "shop" in answer.json()["problems"][0]["detail"]


async def test_a_paused_source_goes_on_with_the_same_generation(api: Api) -> None:
    await put(api)
    paused = await api.call("POST", "/v1/sources/shop/pause")
    assert (paused.status_code, paused.json()["desired"], paused.json()["generation"]) == (202, "paused", 1)
    resumed = (await api.call("POST", "/v1/sources/shop/resume")).json()
    assert (resumed["desired"], resumed["generation"]) == ("active", 1)


async def test_a_source_that_is_being_removed_cannot_be_resumed(api: Api) -> None:
    await put(api)
    await api.call("DELETE", "/v1/sources/shop")
    assert (await api.call("POST", "/v1/sources/shop/resume")).status_code == 409
    assert (await api.call("POST", "/v1/sources/nowhere/pause")).status_code == 404


async def test_the_second_of_two_administrators_is_told(api: Api) -> None:
    await put(api)
    for expected, status in (("1", 200), ("1", 409), ('"2"', 200)):
        body = CONTRACT + f"# {expected} {status}\n"
        headers = {**HEADERS, "If-Match": expected}
        response = await api.call("PUT", "/v1/sources/shop", content=body.encode(), headers=headers)
        assert response.status_code == status


async def test_lag_and_throughput_are_sampled_by_source_and_tenant(api: Api, engine: Engine) -> None:
    await put(api)
    with engine.begin() as connection:
        connection.execute(text('UPDATE sources SET status = \'{"lag": 7, "documents": 2}\''))
    put_document(engine, api.index, "shop", "1", ["staff"])
    take_sample(engine, {"kafka": 1000}, 60)
    history = (await api.call("GET", "/v1/sources/shop/history")).json()
    assert (history["lag"], history["documents"], history["changes"]) == ([7], [2], [1.0])
    system = (await api.call("GET", "/v1/system/history")).json()
    assert (system["lag"], system["memory"]) == ([7], {"kafka": [1000]})
    other = (await api.call("GET", "/v1/system/history", tenant="other", role="editor")).json()
    assert (other["lag"], other["memory"]) == ([None], {})


async def test_a_day_of_samples_is_kept(api: Api, engine: Engine) -> None:
    take_sample(engine, {}, 15)
    with engine.begin() as connection:
        connection.execute(text("UPDATE system_samples SET at = now() - interval '25 hours'"))
    take_sample(engine, {}, 15)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM system_samples")).scalar_one() == 1


async def test_the_system_shows_sources_queue_and_index(api: Api, engine: Engine) -> None:
    await put(api)
    put_document(engine, api.index, "shop", "1", ["staff"])
    system = (await api.call("GET", "/v1/system")).json()
    assert (system["ready"], system["parts"], system["queue"]["queued"]) == (True, [], 0)
    assert [(one["name"], one["documents"], one["chunks"]) for one in system["indexes"]] == [(api.index, 1, 1)]
    assert [one["name"] for one in system["sources"]] == ["shop"]
    assert (await api.call("GET", "/v1/system", role="editor")).json()["parts"] is None
