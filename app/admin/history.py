"""What the controller sampled over the last day, thinned to what a chart can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy import text

from app.admin.services import Services

Minutes = Annotated[int, Query(ge=5, le=1440, description="how far back")]
_MOMENTS = 240

_SAMPLES = text("""
SELECT DISTINCT ON (floor(extract(epoch FROM at) / :step)) extract(epoch FROM at) AS at, body
FROM system_samples WHERE at > now() - make_interval(mins => :minutes)
ORDER BY floor(extract(epoch FROM at) / :step), at
""")


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment: `at` in seconds since 1970, and what was measured then."""

    at: float
    body: Mapping[str, Any]

    def source(self, tenant: str, name: str) -> Mapping[str, Any] | None:
        """What was measured of one source; None where it was not there."""
        found = (one for one in self.of(tenant) if one.get("name") == name)
        return next(found, None)

    def of(self, tenant: str) -> list[Mapping[str, Any]]:
        """The sources of a tenant."""
        return [one for one in self.body.get("sources", []) if one.get("tenant") == tenant]


async def samples(services: Services, minutes: int) -> list[Sample]:
    """The samples of the last `minutes`, oldest first, at most 240."""
    values = {"minutes": minutes, "step": minutes * 60 / _MOMENTS}
    async with services.reads.connect() as connection:
        return [Sample(float(row.at), row.body) for row in await connection.execute(_SAMPLES, values)]
