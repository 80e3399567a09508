"""`Idempotency-Key`: the same request sent twice is carried out once, and both times told the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.callers import Caller
from app.refusals import ConflictError
from ingestion.tables import idempotency_keys

_KEPT = func.make_interval(0, 0, 0, 1)


@dataclass(frozen=True, slots=True)
class Once:
    """One request under one key of one caller; `request` is what must be the same the second time."""

    caller: Caller
    key: str
    request: Any

    @property
    def _row(self) -> dict[str, str]:
        return {"tenant": self.caller.tenant, "caller": self.caller.name, "key": self.key}

    def begin(self, connection: Connection) -> dict[str, Any] | None:
        """None when this is the first time; else what `finish` noted then. Waits while the first is under way.

        Raises:
            ConflictError: the key was used for another request.
        """
        digest = hashlib.sha256(orjson.dumps(self.request, option=orjson.OPT_SORT_KEYS)).hexdigest()
        keys = idempotency_keys.c
        own = [keys[name] == value for name, value in self._row.items()]
        connection.execute(
            delete(idempotency_keys).where(
                keys.tenant == self.caller.tenant, keys.caller == self.caller.name, keys.created_at < func.now() - _KEPT
            )
        )
        inserted = connection.execute(
            insert(idempotency_keys)
            .values(**self._row, request_sha256=digest, response={})
            .on_conflict_do_nothing()
            .returning(keys.key)
        ).first()
        if inserted:
            return None
        row = connection.execute(select(keys.request_sha256, keys.response).where(*own)).one()
        if row.request_sha256 != digest:
            raise ConflictError(f"the Idempotency-Key {self.key!r} was used for another request")
        noted: dict[str, Any] = row.response
        return noted

    def finish(self, connection: Connection, response: dict[str, Any]) -> None:
        """Note what the caller is told; in the same transaction as what was done."""
        keys = idempotency_keys.c
        own = [keys[name] == value for name, value in self._row.items()]
        connection.execute(update(idempotency_keys).where(*own).values(response=response))
