"""A visitor's session over HTTP: whose token it is, for how long, where it is good, and what ends it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from app.settings import Settings
from app.widget.sample_site import SAMPLE_KEY, add_sample_site
from app.widget.visitors import signature_of
from retrieval.model import Candidate
from tests.app.conftest import Api
from tests.app.widget.conftest import ORIGIN, Shop, open_shop


def signed(shop: Shop, user: str, *groups: str, lifetime: int = 600) -> dict[str, Any]:
    expires = int(time.time()) + lifetime
    signature = signature_of(shop.made["identity_secret"], user, groups, expires)
    return {"user": user, "groups": list(groups), "expires": expires, "signature": signature}


async def test_a_visitor_gets_a_short_token_and_finds_the_own_conversation_again(shop: Shop) -> None:
    first = (await shop.visit()).json()
    left = datetime.fromisoformat(first["expires_at"]) - datetime.now(UTC)
    assert 0 < left.total_seconds() <= 30 * 60
    assert (first["site"], first["open"], first["user"]) == ("Shop", True, "")
    asked = (await shop.chat(first["token"], message="hello")).json()
    again = (await shop.visit(visitor=first["visitor"])).json()
    headers = {"Authorization": f"Bearer {again['token']}"}
    path = f"/v1/conversations/{asked['conversation_id']}"
    assert (await shop.api.client.get(path, headers=headers)).status_code == 200
    other = (await shop.visit(visitor="x")).json()
    assert other["visitor"] != "x"
    headers = {"Authorization": f"Bearer {other['token']}"}
    assert (await shop.api.client.get(path, headers=headers)).status_code == 404


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://shop.example", "https://shop.example:8443", "null", ""]
)
async def test_the_key_is_for_pages_of_its_site_only(shop: Shop, origin: str) -> None:
    assert (await shop.visit(origin)).status_code == 403
    token = (await shop.visit()).json()["token"]
    if origin:
        assert (await shop.chat(token, origin, message="hello")).status_code == 401


async def test_unknown_keys_and_bad_bodies_are_refused(shop: Shop) -> None:
    assert (await shop.visit(site_key="pk_nobody")).status_code == 403
    for wrong in ({"identity": {"user": "ann"}}, {"language": "fr"}, {"more": 1}, {"visitor": "x" * 200}):
        assert (await shop.visit(**wrong)).status_code == 422


async def test_a_site_that_is_switched_off_or_deleted_ends_its_tokens_at_once(shop: Shop) -> None:
    token = (await shop.visit()).json()["token"]
    assert (await shop.chat(token, message="hello")).status_code == 200
    await shop.change(active=False)
    assert (await shop.chat(token, message="hello")).status_code == 401
    assert (await shop.visit()).status_code == 403
    await shop.change(active=True)
    assert (await shop.chat(token, message="hello")).status_code == 200
    await shop.api.call("DELETE", f"/v1/sites/{shop.made['id']}")
    assert (await shop.chat(token, message="hello")).status_code == 401


GREETING_RULES = """
tables:
  - table: door
    stage: greeting
    hit: all
    rules:
      - rule: members
        when: {groups: members, anonymous: false, channel: widget}
        then: {answer: {en: "Welcome back!", zh: "欢迎回来！"}}
      - rule: strike
        when: {anonymous: true}
        then: {closed: {en: "Nobody is there this week.", zh: "本周人工服务暂停。"}}
"""


async def test_rules_have_the_last_word_on_what_is_said_first_and_on_who_is_there(shop: Shop) -> None:
    closed_text = {"en": "Back soon."}
    await shop.change(greeting={"en": "Hi from the site", "zh": "网站问候"}, opening={"closed_text": closed_text})
    kept = await shop.api.call("PUT", "/v1/rules/door", json={"format": "yaml", "body": GREETING_RULES})
    assert kept.status_code == 201, kept.text
    await shop.api.call("POST", "/v1/rules/door/activate", json={"version": 1})
    visitor = (await shop.visit()).json()
    assert (visitor["greeting"]["zh"], visitor["open"], visitor["opens_at"]) == ("网站问候", False, None)
    assert visitor["closed_text"] == {"en": "Nobody is there this week.", "zh": "本周人工服务暂停。"}
    member = (await shop.visit(identity=signed(shop, "ann", "members"))).json()
    assert (member["greeting"], member["open"]) == ({"en": "Welcome back!", "zh": "欢迎回来！"}, True)
    assert member["closed_text"] == closed_text


async def test_a_site_of_another_tenant_gives_tokens_of_that_tenant(api: Api, shop: Shop) -> None:
    other = await open_shop(api, "Shop", ORIGIN, tenant="other")
    token = (await other.visit()).json()["token"]
    session = await api.client.get("/v1/session", headers={"Authorization": f"Bearer {token}"})
    assert (session.json()["tenant"], session.json()["roles"]) == ("other", ["customer"])


async def test_a_signed_customer_reads_the_own_order_and_nobody_else_s(
    shop: Shop, show: Callable[..., Candidate]
) -> None:
    text = "Order SO-1 Status: shipped. Shipment TRK7 is on its way."
    readers = ["user:ann", "customer:7", "service"]
    shop.api.candidates.append(
        show(shop.api, source="erp", key="so-1", readers=readers, title="Order SO-1: shipped", text=text)
    )
    question = {"query": "What is the status of order SO-1?"}
    answers = {}
    for name, identity in {
        "by user": signed(shop, "ann"),
        "by group": signed(shop, "a7", "customer:7"),
        "another": signed(shop, "bob", "customer:8"),
        "nobody": None,
    }.items():
        visit = await shop.visit(identity=identity)
        headers = {"Authorization": f"Bearer {visit.json()['token']}"}
        answers[name] = (await shop.api.client.post("/v1/search", json=question, headers=headers)).text
    assert {name: "TRK7" in answer for name, answer in answers.items()} == {
        "by user": True, "by group": True, "another": False, "nobody": False,
    }  # fmt: skip


async def test_identity_that_is_forged_or_has_run_out_gets_no_token(shop: Shop) -> None:
    good = signed(shop, "ann", "customer:7")
    assert (await shop.visit(identity=good)).json()["user"] == "ann"
    for forged in (
        {**good, "user": "bob"}, {**good, "groups": ["customer:8"]}, {**good, "expires": good["expires"] + 1},
        {**good, "signature": "0" * 64}, signed(shop, "ann", lifetime=-1), signed(shop, "ann", lifetime=2 * 86400),
    ):  # fmt: skip
        assert (await shop.visit(identity=forged)).status_code == 401
    assert (await shop.visit(identity=signed(shop, "ann", "user:bob"))).status_code == 422


async def test_a_token_lives_no_longer_than_the_identity_it_rests_on(shop: Shop) -> None:
    visit = (await shop.visit(identity=signed(shop, "ann", lifetime=60))).json()
    left = datetime.fromisoformat(visit["expires_at"]) - datetime.now(UTC)
    assert left.total_seconds() <= 60


async def test_a_site_cannot_vouch_for_people_who_work_here(shop: Shop) -> None:
    staff = {"name": "ada", "roles": ["employee"], "groups": ["finance"], "password": "correct horse battery"}
    assert (await shop.api.call("POST", "/v1/users", json=staff)).status_code == 201
    assert (await shop.visit(identity=signed(shop, "ada"))).status_code == 403
    assert (await shop.visit(identity=signed(shop, "ann", "finance"))).status_code == 403
    assert (await shop.visit(identity=signed(shop, "ann", "gold"))).status_code == 200


async def test_greeting_language_and_hours_are_the_site_s(shop: Shop) -> None:
    visit = (await shop.visit()).json()
    assert visit["greeting"] == {"en": "Hello! What can we help you with?", "zh": "您好！有什么可以帮您？"}
    opening = {"timezone": "Asia/Shanghai", "week": {"mon": []}, "closed_text": {"zh": "明天见"}}
    changed = await shop.change(greeting={"zh": "欢迎"}, opening=opening)
    assert changed.json()["opening"]["timezone"] == "Asia/Shanghai"
    visit = (await shop.visit(language="zh")).json()
    assert (visit["language"], visit["greeting"]["zh"], visit["greeting"]["en"]) == (
        "zh", "欢迎", "Hello! What can we help you with?",
    )  # fmt: skip
    assert (visit["open"], visit["opens_at"], visit["closed_text"]) == (False, None, {"zh": "明天见"})
    assert (await shop.change(opening={"timezone": "Nowhere"})).status_code == 422


async def test_the_demo_shop_vouches_for_its_two_customers_and_only_where_the_sample_is(
    api: Api, engine: Engine, settings: Settings
) -> None:
    ask = {"user": "lucas.meier"}
    assert (await api.client.post("/v1/widget/demo", json=ask)).status_code == 404
    add_sample_site(engine, settings)
    add_sample_site(engine, settings)
    signed_for = (await api.client.post("/v1/widget/demo", json=ask)).json()
    visit = {"site_key": SAMPLE_KEY, "identity": signed_for}
    headers = {"Origin": f"http://127.0.0.1:{settings.port}"}
    session = await api.client.post("/v1/widget/session", json=visit, headers=headers)
    assert (session.status_code, session.json()["user"]) == (200, "lucas.meier")
    assert (await api.client.post("/v1/widget/demo", json={"user": "ada"})).status_code == 404
