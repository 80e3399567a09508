"""Where the write path finds a cleaning pack: the tenant's own from SQL, else the built-in one of that name."""

from __future__ import annotations

import time

from sqlalchemy import Engine, select
from sqlalchemy.exc import InterfaceError, OperationalError

from ingestion.cleaning.model import Pack
from ingestion.cleaning.pack import built_in_pack, load_pack
from ingestion.tables import cleaning_packs
from retrieval.errors import RejectedError, UnavailableError

_FRESH_SECONDS = 2.0
DEFAULT_PACK = "default"


class PackShelf:
    """Packs by tenant and name; a changed pack is seen within two seconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[tuple[str, str], tuple[float, str, Pack]] = {}

    def pack(self, tenant: str, name: str) -> Pack:
        """The pack `name` of `tenant`; the default one where the name is empty.

        Raises:
            RejectedError: there is no such pack.
            UnavailableError: PostgreSQL does not answer.
        """
        name = name or DEFAULT_PACK
        known = self._known.get((tenant, name))
        if known and time.monotonic() - known[0] < _FRESH_SECONDS:
            return known[2]
        body = self._body(tenant, name)
        if known and known[1] == body:
            pack = known[2]
        else:
            found = load_pack(body, name) if body else built_in_pack(name)
            if found is None:
                raise RejectedError(f"there is no cleaning pack {name!r}")
            pack = found
        self._known[tenant, name] = (time.monotonic(), body, pack)
        return pack

    def _body(self, tenant: str, name: str) -> str:
        query = select(cleaning_packs.c.body).where(cleaning_packs.c.tenant == tenant, cleaning_packs.c.name == name)
        try:
            with self._engine.connect() as connection:
                return str(connection.execute(query).scalar_one_or_none() or "")
        except (OperationalError, InterfaceError) as error:
            raise UnavailableError("PostgreSQL", f"PostgreSQL does not answer: {error.orig}") from None
