"""Rule files as requests carry them, and the stored versions that routes ask for."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from app.admin.services import Services
from app.admin.sources import yaml_body
from app.refusals import NotFoundError
from app.rules import storage
from app.rules.judge import Ruleset, check_format, from_normal, load_ruleset
from app.rules.model import Format
from app.rules.storage import Version
from app.rules.table_form import yaml_of
from retrieval.errors import RejectedError

_CONTENT_TYPES: dict[str, Format] = {
    "text/csv": "csv",
    "application/vnd.gorules.decision": "jdm",
    "application/vnd.gorules.decision+json": "jdm",
}
_MAX_CHARACTERS = 1_000_000


class RuleFile(BaseModel):
    """A rule file that is not saved (as text, or as a table), or the number of a saved version; nothing: the newest."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(default=None, ge=0, le=2_000_000_000)
    body: str | None = Field(default=None, max_length=_MAX_CHARACTERS)
    format: Format = "yaml"
    table: dict[str, Any] | None = None

    def text(self) -> tuple[Format, str] | None:
        """Form and text of the unsaved file; None where a saved version is meant."""
        if self.table is not None:
            return "yaml", yaml_of(self.table)
        return (self.format, self.body) if self.body is not None else None


RULES_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/yaml": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.gorules.decision": {"schema": {"type": "object"}},
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "body": {"type": "string"},
                        "format": {"enum": ["yaml", "csv", "jdm"]},
                        "table": {"type": "object"},
                    },
                }
            },
        },
    }
}


async def sent_file(request: Request) -> tuple[Format, str]:
    """Form and text of the rule file that a request carries.

    Raises:
        RejectedError: there is none in it.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return _CONTENT_TYPES.get(kind, "yaml"), await yaml_body(request, "body")
    try:
        sent = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise RejectedError(f"the body is not JSON: {error}") from None
    if isinstance(sent, dict) and "nodes" in sent:
        return "jdm", (await request.body()).decode()
    if isinstance(sent, dict) and isinstance(sent.get("table"), dict):
        return "yaml", yaml_of(sent["table"])
    form = sent.get("format", "yaml") if isinstance(sent, dict) else ""
    return check_format(str(form)), await yaml_body(request, "body")


async def known(services: Services, tenant: str, name: str, version: int | None) -> None:
    """
    Raises:
        NotFoundError: there is no such rule set or version.
    """
    await state_of(services, tenant, name)
    if version is not None:
        await version_of(services, tenant, name, version)


async def state_of(services: Services, tenant: str, name: str) -> storage.State:
    """The state of a rule set. Raises NotFoundError where there is none."""
    state = (await storage.states(services.reads, tenant)).get(name)
    if state is None:
        raise unknown(name)
    return state


async def version_of(services: Services, tenant: str, name: str, version: int | None) -> Version:
    """The version, or the newest one of a rule set that is not removed. Raises NotFoundError where there is none."""
    if version is None:
        state = await state_of(services, tenant, name)
        found = await storage.versions(services.reads, tenant, name)
        if found:
            return found[0] if state.changed else found[-1]  # own versions that were removed do not count
        raise unknown(name)
    one = await storage.version_of(services.reads, tenant, name, version)
    if one is None:
        raise NotFoundError(f"the rules {name!r} have no version {version}")
    return one


async def loaded(services: Services, tenant: str, name: str, version: int | None) -> Ruleset:
    """The compiled version, from its stored form: quicker than reading its body again."""
    found = await version_of(services, tenant, name, version)
    normal = await storage.normal_of(services.reads, tenant, name, found.version)
    if normal is None:
        return await asyncio.to_thread(load_ruleset, found.body, found.format, name, found.version)
    return await asyncio.to_thread(from_normal, normal, name, found.version)


async def given_ruleset(services: Services, tenant: str, name: str, given: RuleFile) -> Ruleset:
    """The rules of an unsaved file, or of a saved version.

    Raises:
        RejectedError: the file is refused.
        NotFoundError: there is no such version.
    """
    text = given.text()
    if text is None:
        return await loaded(services, tenant, name, given.version)
    return await asyncio.to_thread(load_ruleset, text[1], text[0], name)


def unknown(name: str) -> NotFoundError:
    """What is said of rules that are not there."""
    return NotFoundError(f"there are no rules {name!r}")
