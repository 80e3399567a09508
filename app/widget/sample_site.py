"""The sample enterprise's shop as a site: a public key that its page names, on the addresses of this very service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert

from app.callers import DEFAULT_TENANT
from app.identity.sites import origin_of
from app.identity.tables import sites
from app.settings import Settings
from retrieval.errors import RejectedError

SAMPLE_KEY = "pk_tassberg_demo_shop"
CUSTOMERS: Mapping[str, str] = {"lucas.meier": "14", "wei.zhang": "3"}
"""Logins of customers whom the demo shop signs in → their numbers in the ERP."""

_SITE_ID = "7a55be26d3305e0b"
_GREETING = {
    "en": "Hello, and welcome to Tassberg. Ask about machines, parts, orders or repairs. What can I do for you?",
    "zh": "您好，欢迎来到 Tassberg。机器、配件、订单、维修，都可以问我。请问有什么可以帮您？",
}
_WEEKDAYS = [{"from": "08:00", "until": "18:00"}]
_OPENING: Mapping[str, Any] = {
    "timezone": "Europe/Berlin",
    "week": {
        **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), _WEEKDAYS),
        "sat": [{"from": "09:00", "until": "13:00"}],
    },
    "closed_on": ["2026-12-25", "2026-12-26", "2027-01-01"],
    "closed_text": {
        "en": "Our service team has gone home. I answer at any hour; a colleague reads your message next.",
        "zh": "客服同事已经下班，我随时都能回答；需要人工时，同事上班后会第一时间看到您的留言。",
    },
}


def add_sample_site(engine: Engine, settings: Settings) -> None:
    """Make the demo shop's site, or bring its origins up to date; what an administrator changed otherwise stays."""
    values = {
        "id": _SITE_ID,
        "tenant": DEFAULT_TENANT,
        "name": "Tassberg Shop",
        "public_key": SAMPLE_KEY,
        "origins": sample_origins(settings),
        "greeting": _GREETING,
        "opening": dict(_OPENING),
        "active": True,
    }
    added = insert(sites).values(values)
    renewed = added.on_conflict_do_update(index_elements=["public_key"], set_={"origins": added.excluded.origins})
    with engine.begin() as connection:
        connection.execute(renewed)


def sample_origins(settings: Settings) -> list[str]:
    """The origins at which this service's own pages are opened."""
    own = [f"http://{host}:{settings.port}" for host in ("127.0.0.1", "localhost", "[::1]")]
    try:
        public = [origin_of(settings.public_url)] if settings.public_url else []
    except RejectedError:
        public = []
    return list(dict.fromkeys(origin_of(one) for one in (*own, *public)))
