"""Payloads in what editors and administrators write: packs, contracts, rules, groups, accounts, keys, sites."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx
import yaml

from tests.e2e.stored.payloads import PAYLOADS, marks, parcels
from tests.e2e.stored.planting import AGENT, AGENT_PASSWORD, WHOLE, Planting

_CONTRACT = """\
# {comment}
source: {run}
connection: postgresql://nobody:nothing@127.0.0.1:9/nowhere
tables: [public.nothing]
documents:
  - kind: nothing
    sql: SELECT id FROM nothing
    key: [id]
    title: {text}
    text: {text}
    readers: [employees]
"""


def plant_pack(planting: Planting) -> None:
    """A cleaning pack, a version for every payload; whichever is the last rejects every document."""
    path = f"/v1/cleaning-packs/{planting.run}"

    def body(payload: str) -> str:
        steps = [{"terms": {"spellings": {payload: [f"{payload} twice"]}}}, {"required": {"fields": [payload]}}]
        return yaml.safe_dump({"description": payload, "steps": steps}, allow_unicode=True)

    planting.each("pack name", lambda _, payload: _put(planting.eve, f"/v1/cleaning-packs/{_named(payload)}", "x: 1"))
    planting.each("pack", lambda _, payload: _put(planting.eve, path, body(payload)))
    assert planting.tried("pack", _put(planting.eve, path, body(WHOLE)))
    planting.away(planting.eve, [path])


def plant_portal(planting: Planting) -> None:
    """Everything else."""
    _contract(planting)
    _rules(planting)
    _groups(planting)
    _users(planting)
    _keys(planting)
    _sites(planting)


def activate_rules(planting: Planting, version: int | None) -> None:
    """Let the rule set answer its trigger, or (None) nothing any more."""
    path = f"/v1/rules/{planting.run}/activate"
    planting.eve.post(path, json={"version": version, "note": WHOLE[:1000]}).raise_for_status()


def _named(payload: str) -> str:
    return quote(payload, safe="")


def _put(client: httpx.Client, path: str, body: str, note: str = "") -> httpx.Response:
    params = {"note": note} if note else None
    return client.put(path, content=body.encode(), params=params, headers={"Content-Type": "application/yaml"})


def _contract(planting: Planting) -> None:
    """A contract that nothing can run, with payloads in its comment and in the templates of its documents."""
    text = json.dumps(WHOLE.replace("{", "").replace("}", ""))
    body = _CONTRACT.format(run=planting.run, comment=" ".join(WHOLE.split()), text=text)
    planting.each("source name", lambda _, payload: _put(planting.admin, f"/v1/sources/{_named(payload)}", body))
    assert planting.tried("contract", _put(planting.admin, f"/v1/sources/{planting.run}", body))
    planting.away(planting.admin, [f"/v1/sources/{planting.run}"])


def _rules(planting: Planting) -> None:
    """A rule set, a version for every payload, and a last one that answers its trigger with all of them."""
    path = f"/v1/rules/{planting.run}"

    def named(payload: str) -> dict[str, Any]:
        file = _rule_file(planting.trigger, "x", ["x"])
        return {**file, "texts": {**file["texts"], payload: {"en": "x", "zh": "x"}}}

    def send(at: str, file: dict[str, Any], note: str) -> httpx.Response:
        return _put(planting.eve, at, yaml.safe_dump(file, allow_unicode=True), note)

    planting.each(
        "rule texts, phrases, notes", lambda _, one: send(path, _rule_file(planting.trigger, one, [one]), one)
    )
    planting.each("rule name", lambda _, one: send(path, named(one), "x"))
    planting.each("rule set name", lambda _, one: send(f"/v1/rules/{_named(one)}", named("x"), "x"))
    phrases = [payload for payload in PAYLOADS if payload.replace("\n", "").isprintable()]
    file = _rule_file(planting.trigger, WHOLE, phrases)
    saved = planting.tried("rule texts, phrases, notes", send(path, file, WHOLE[:1000]))
    planting.rules_version = saved["version"]
    planting.away(planting.eve, [path])


def _rule_file(trigger: str, text: str, phrases: list[str]) -> dict[str, Any]:
    """Who says `trigger` is answered with `text`; and a rule for every phrase, with the phrase as its note."""
    rules = [{"rule": "own-name", "when": {"says": [trigger]}, "then": {"answer": "said"}, "note": phrases[0]}]
    rules += [
        {"rule": f"phrase-{at}", "when": {"says": [one]}, "then": {"warn": {"en": one, "zh": one}}, "note": one}
        for at, one in enumerate(phrases)
    ]
    said = {"said": {"en": text, "zh": text}}
    table = {"table": "stored", "stage": "before", "hit": "first", "rules": rules}
    return {"description": text, "lists": {"stored": phrases}, "texts": said, "tables": [table]}


def _groups(planting: Planting) -> None:
    """Groups by name and by description; accounts and keys make more of them, which go with these."""
    admin = planting.admin
    planting.undo.callback(_delete_groups, planting)
    planting.each("group name", lambda _, one: admin.put(f"/v1/groups/{_named(one)}", json={"description": one}))
    path = f"/v1/groups/{planting.run}"
    planting.each("group description", lambda number, one: admin.put(f"{path}-{number}", json={"description": one}))


def _delete_groups(planting: Planting) -> None:
    names = [group["name"] for group in planting.admin.get("/v1/groups").json()["items"]]
    for name in names:
        if marks(name) or name.startswith(planting.run):
            planting.admin.delete(f"/v1/groups/{_named(name)}")


def _users(planting: Planting) -> None:
    """Accounts, and one of them made an agent's who can sign in."""
    admin = planting.admin

    def made(payload: str, name: str) -> httpx.Response:
        return admin.post("/v1/users", json={"name": name, "display_name": payload, "email": payload})

    def path(number: int) -> str:
        return f"/v1/users/{planting.run}-{number}"

    planting.each("user name", lambda _, payload: made(payload, payload))
    taken = planting.each("user display name, e-mail", lambda number, one: made(one, f"{planting.run}-{number}"))
    planting.away(admin, [path(number) for number, _ in taken])
    there = {number for number, _ in taken}
    known = min(there)
    planting.each(
        "user group",
        lambda number, one: admin.patch(path(number if number in there else known), json={"groups": [one]}),
    )
    planting.each("user role", lambda _, one: admin.patch(path(known), json={"roles": [one]}))
    agent = {"password": AGENT_PASSWORD, "roles": ["agent", "employee"], "groups": ["employees"]}
    admin.patch(path(AGENT), json=agent).raise_for_status()


def _keys(planting: Planting) -> None:
    """API keys by name, groups and scopes."""
    wishes: dict[str, Callable[[int, str], dict[str, Any]]] = {
        "key name": lambda _, payload: {"name": payload, "scopes": ["employee"]},
        "key group": lambda at, payload: {"name": f"{planting.run} {at}", "scopes": ["employee"], "groups": [payload]},
        "key scope": lambda at, payload: {"name": f"{planting.run} {at}", "scopes": [payload]},
    }

    def make(name: str, number: int, payload: str) -> httpx.Response:
        return planting.admin.post("/v1/api-keys", json=wishes[name](number, payload))

    for name in wishes:
        taken = planting.each(name, partial(make, name))
        planting.away(planting.admin, [f"/v1/api-keys/{made['id']}" for _, made in taken])


def _sites(planting: Planting) -> None:
    """Sites of the widget, closed now, each with a part of all payloads in what it says."""
    texts, admin = list(parcels(490)), planting.admin
    later = f"{datetime.now(UTC) + timedelta(days=3):%a}".lower()
    hours = {"week": {later: [{"from": "09:00", "until": "10:00"}]}}

    def made(number: int, payload: str) -> httpx.Response:
        greeting = dict.fromkeys(("en", "zh"), texts[number % len(texts)])
        wish = {"name": payload, "origins": [planting.product.url], "greeting": greeting}
        return admin.post("/v1/sites", json=wish)

    planting.sites = [site for _, site in planting.each("site name, greeting", made)]
    planting.away(admin, [f"/v1/sites/{site['id']}" for site in planting.sites])

    def change(number: int, **what: Any) -> httpx.Response:
        return admin.patch(f"/v1/sites/{planting.sites[number % len(planting.sites)]['id']}", json=what)

    def meanwhile(number: int, _: str) -> httpx.Response:
        closed_text = dict.fromkeys(("en", "zh"), texts[-number % len(texts)])
        return change(number, opening={**hours, "closed_text": closed_text})

    planting.each("site closed text", meanwhile)
    planting.each("site origin", lambda number, payload: change(number, origins=[payload]))
    planting.each("site time zone", lambda number, payload: change(number, opening={"timezone": payload}))
