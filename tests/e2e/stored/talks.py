"""Payloads in what people say: questions, titles, ratings, and a visitor's talk with a person."""

from __future__ import annotations

import hashlib
import hmac
import time
from functools import partial
from typing import Any

import httpx

from tests.e2e.stored.documents import is_read
from tests.e2e.stored.payloads import PAYLOADS
from tests.e2e.stored.planting import NUMBERED, WHOLE, Planting
from tests.e2e.stored.portal import activate_rules
from tests.product import wait_until

_CUSTOMER = 9
"""The number of the payload that is the visitor's name."""


def plant_talks(planting: Planting) -> None:
    """Two that show everything, while the rule set that answers with payloads is in force; it is switched off again."""
    activate_rules(planting, planting.rules_version)
    try:
        _visitor(planting)
        wait_until(partial(is_read, planting), 180, "the files to be read, the rows and records to be indexed")
        _show(planting)
    finally:
        activate_rules(planting, None)


def ask(client: httpx.Client, message: str, conversation: str = "", **more: Any) -> dict[str, Any]:
    """The `done` document of one turn."""
    body = {"message": message, "conversation_id": conversation, **more}
    done: dict[str, Any] = client.post("/v1/chat", json=body).raise_for_status().json()
    return done


def plant_questions(planting: Planting) -> None:
    """An employee's conversation for every payload, with its title and rating, and what an editor made of that."""
    ada, eve = planting.ada, planting.eve

    def narrow(name: str, _: int, payload: str) -> httpx.Response:
        return ada.post("/v1/chat", json={"message": "x", name: [payload] if name == "sources" else payload})

    for name in ("sources", "channel", "language", "since"):
        planting.each(f"message's {name}", partial(narrow, name))
    done = dict(planting.each("message", lambda _, one: ada.post("/v1/chat", json={"message": one})))
    turns = [done.get(number) or next(iter(done.values())) for number, _ in NUMBERED]
    paths = [f"/v1/conversations/{turn['conversation_id']}" for turn in turns]
    planting.away(ada, set(paths))
    planting.each("conversation title", lambda at, one: ada.patch(paths[at - 1], json={"title": one}))

    def rate(number: int, **more: str) -> httpx.Response:
        return ada.post("/v1/feedback", json={"turn_id": turns[number - 1]["turn_id"], "rating": -1, **more})

    def handle(number: int, **what: str) -> httpx.Response:
        return eve.patch(f"/v1/feedback/{turns[number - 1]['turn_id']}", json=what)

    planting.each("feedback reason", lambda at, one: rate(at, reason=one))
    planting.each("feedback comment", lambda at, one: rate(at, comment=one))
    planting.each("feedback note", lambda at, one: handle(at, note=one))
    planting.each("feedback assignee", lambda at, one: handle(at, assignee=one))


def _show(planting: Planting) -> None:
    """One conversation whose answers quote payloads: of a rule, of a file, of a row."""
    ada = planting.ada
    first = ask(ada, WHOLE)
    conversation = first["conversation_id"]
    planting.away(ada, [f"/v1/conversations/{conversation}"])
    for name, question in (
        ("rule", planting.trigger),
        ("file", f"At how many bar does the {planting.run} valve 7 open?"),
        ("part", f"What does the part {planting.run}-9 cost?"),
    ):
        planting.talk[name] = ask(ada, question, conversation)["turn_id"]
    rated = {"turn_id": planting.talk["rule"], "rating": -1, "comment": WHOLE}
    planting.tried("feedback comment", ada.post("/v1/feedback", json=rated))
    shared = ada.post(f"/v1/conversations/{conversation}/share").raise_for_status().json()
    planting.talk |= {"conversation": conversation, "share": shared["token"]}


def _visitor(planting: Planting) -> None:
    """Visitors whom a site vouches for under every payload; one of them asks, and waits for a person."""
    site = planting.sites[0]
    identities = {number: _signed(site, payload) for number, payload in NUMBERED}
    visits = dict(planting.each("customer's name", lambda at, _: _enter(planting, site, identity=identities[at])))
    planting.each("visitor's secret", lambda _, payload: _enter(planting, site, visitor=payload))
    planting.each("visitor's language", lambda _, payload: _enter(planting, site, language=payload))
    identity, visit = identities[_CUSTOMER], visits[_CUSTOMER]
    client = planting.client()
    client.headers["Authorization"] = f"Bearer {visit['token']}"
    conversation = ""
    for message in (WHOLE, planting.trigger, "I would like to talk to a person, please"):
        done = planting.tried("visitor's message", client.post("/v1/chat", json=_said(message, conversation)))
        conversation = done["conversation_id"]
    planting.visit = {
        "site": site["public_key"],
        "visitor": visit["visitor"],
        "identity": identity,
        "conversation": conversation,
        "client": client,
    }


def talk_to_person(planting: Planting, agent: httpx.Client) -> None:
    """What the visitor and the agent who has the conversation say to each other."""
    conversation, visitor = planting.visit["conversation"], planting.visit["client"]
    for payload in PAYLOADS:
        planting.tried("visitor's message to a person", visitor.post("/v1/chat", json=_said(payload, conversation)))
        path = f"/v1/agent/conversations/{conversation}/reply"
        planting.tried("agent's reply", agent.post(path, json={"text": payload}))


def _said(message: str, conversation: str) -> dict[str, str]:
    return {"message": message, "conversation_id": conversation, "channel": "widget"}


def _enter(planting: Planting, site: dict[str, Any], **more: Any) -> httpx.Response:
    body = {"site_key": site["public_key"], **more}
    return planting.eve.post("/v1/widget/session", json=body, headers={"Origin": planting.product.url})


def _signed(site: dict[str, Any], user: str) -> dict[str, Any]:
    """What the site's own server would sign (docs/widget.md)."""
    expires = int(time.time()) + 3600
    signed = f"{user}\n\n{expires}".encode()
    signature = hmac.new(site["identity_secret"].encode(), signed, hashlib.sha256).hexdigest()
    return {"user": user, "groups": [], "expires": expires, "signature": signature}
