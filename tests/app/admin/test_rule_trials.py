"""Rules over HTTP before they judge: checked by cell, replayed, and saved only over the version that was seen."""

from __future__ import annotations

from typing import Any

from tests.app.admin.test_rules import BODY, post, put
from tests.app.chat.test_routes import ask, chat, piccola
from tests.app.conftest import Api

__all__ = ["chat", "piccola"]

TABLE = {
    "tables": [
        {
            "table": "t",
            "stage": "before",
            "hit": "first",
            "rules": [
                {"rule": "no-weights", "when": {"says": ["weigh"]}, "then": [{"block": {"en": "No.", "zh": "不。"}}]}
            ],
        }
    ]
}


async def test_a_table_is_checked_cell_by_cell(api: Api) -> None:
    rule = {"rule": "late", "when": {"hour": "soon"}, "then": {"warn": {"en": "Late.", "zh": "晚了。"}}}
    wrong = {"tables": [{**TABLE["tables"][0], "rules": [*TABLE["tables"][0]["rules"], rule]}]}
    found = (await post(api, "shop/check", {"table": wrong})).json()
    assert (found["accepted"], [one["path"] for one in found["problems"]]) == (
        False,
        [["tables", 0, "rules", 1, "when", "hour"]],
    )
    right = (await post(api, "shop/check", {"table": TABLE})).json()
    assert (right["accepted"], right["table"], "no-weights" in right["body"]) == (True, TABLE, True)
    assert (await post(api, "safety/check", {})).json()["accepted"] is True
    assert (await post(api, "shop/check", {})).status_code == 404


async def test_a_table_is_saved_as_yaml_and_read_back(api: Api) -> None:
    saved = await api.call("PUT", "/v1/rules/shop", "editor", json={"table": TABLE})
    assert (saved.status_code, saved.json()["format"]) == (201, "yaml")
    read = (await api.call("GET", "/v1/rules/shop/versions/1?form=table")).json()
    assert read["table"] == TABLE


async def test_the_second_of_two_editors_is_told(api: Api) -> None:
    async def save(body: str, seen: str) -> Any:
        headers = {"Content-Type": "application/yaml", "If-Match": seen}
        return await api.call("PUT", "/v1/rules/shop", "editor", content=body, headers=headers, user="bob")

    assert (await save(BODY, "0")).status_code == 201
    refused = await save(BODY + "# mine\n", "0")
    assert (refused.status_code, "by bob" in refused.json()["detail"], "version 1" in refused.json()["detail"]) == (
        409,
        True,
        True,
    )
    assert (await save(BODY + "# mine\n", '"1"')).status_code == 201
    assert (await save(BODY, "new")).status_code == 422
    assert (await put(api, BODY)).status_code == 201


async def test_an_unsaved_file_can_be_tried(api: Api) -> None:
    tried = (await post(api, "shop/try", {"table": TABLE, "facts": {"text": "What does it weigh?"}})).json()
    assert (tried["ending"], tried["rule"]) == ("block", "shop/0 no-weights")


async def test_a_replay_shows_which_turns_would_have_gone_otherwise(chat: Api, piccola: Any) -> None:
    weighed = await ask(chat, "What does the Piccola weigh?")
    await ask(chat, "Hello!")
    found = (await post(chat, "shop/replay", {"table": TABLE})).json()
    assert (found["turns"], found["changed"], found["against"]) == (2, 1, None)
    [change] = found["changes"]
    assert (change["turn_id"], change["before"]["ending"], change["after"]["rule"]) == (
        weighed["turn_id"],
        None,
        "shop/0 no-weights",
    )
    await chat.call("PUT", "/v1/rules/shop", "editor", json={"table": TABLE})
    await post(chat, "shop/activate", {"version": 1, "note": "agreed"})
    same = (await chat.call("GET", "/v1/rules/shop/replay?version=1&days=7", "editor")).json()
    assert (same["changed"], same["against"]) == (0, 1)
    assert (await chat.call("GET", "/v1/rules/shop/replay?version=9", "editor")).status_code == 404
    logged = (await chat.call("GET", "/v1/audit?action=rules.activated")).json()["items"]
    assert [one["detail"].get("note") for one in logged] == ["agreed"]
