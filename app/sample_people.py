"""People of the sample enterprise, so that every face can be tried: one known password, on this machine only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.callers import AGENT, EDITOR, EMPLOYEE
from app.identity.passwords import SAMPLE_PASSWORD
from app.settings import Settings, embedded_parts, is_loopback

PEOPLE: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "ada": ("Ada Lindqvist", (EMPLOYEE,), ("employees", "service")),
    "ben": ("Ben Okafor", (EMPLOYEE, AGENT), ("employees", "service")),
    "eve": ("Eve Marchetti", (EMPLOYEE, EDITOR), ("employees", "finance")),
    "chen": ("陈静", (EMPLOYEE,), ("employees", "sales")),
}
"""Name → display name, roles, groups."""

Send = Callable[[str, str, Any], Any]
"""Method, path and body of a request to the API → its JSON."""


def add_people(send: Send, settings: Settings) -> None:
    """Make the accounts that are missing; none where others reach the service, or the database is not its own."""
    if not are_for(settings):
        return
    there = {user["name"] for user in send("GET", "/v1/users?limit=200", None)["items"]}
    for name, (display_name, roles, groups) in PEOPLE.items():
        if name not in there:
            body = {"name": name, "display_name": display_name, "password": SAMPLE_PASSWORD}
            send("POST", "/v1/users", {**body, "roles": roles, "groups": groups})


def are_for(settings: Settings) -> bool:
    """Whether these accounts may be there: on a loopback address, in a database of Freshet's own."""
    return is_loopback(settings.host) and "database_url" in embedded_parts()


def people_text(settings: Settings) -> str:
    """Lines for the text after the start: who can be signed in as; none where there is nobody."""
    if not are_for(settings):
        return ""
    named = "ada (employee), ben (agent), eve (editor), chen (employee)"
    return f"""\
                            or as {named}, password {SAMPLE_PASSWORD}:
                            people of the sample; these work on this machine only
"""
