"""When people answer on a site: hours of the week in the site's own time zone, days off, and what is said meanwhile."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_AHEAD_DAYS = 60


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"{name!r} is no time zone, such as Europe/Vienna") from None
    return name


class Span(BaseModel):
    """From one time of the day until another, which is later; "24:00" is the end of the day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: str = Field(alias="from", pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")
    end: str = Field(alias="until", pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if self.end <= self.start:
            raise ValueError(f"{self.start} to {self.end} is no span of a day")
        return self


class Opening(BaseModel):
    """Hours by day of the week; a day that is left out is closed. Without any day people are always there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: Annotated[str, Field(max_length=60), AfterValidator(_zone)] = "UTC"
    week: dict[Day, Annotated[list[Span], Field(max_length=6)]] = Field(default_factory=dict)
    closed_on: Annotated[list[date], Field(max_length=400)] = Field(default_factory=list)
    closed_text: dict[Literal["en", "zh"], Annotated[str, Field(max_length=500)]] = Field(default_factory=dict)

    def is_open(self, moment: datetime) -> bool:
        """Whether people answer at `moment` (with a time zone)."""
        if not self.week:
            return True
        here = moment.astimezone(ZoneInfo(self.timezone))
        return any(start <= here < end for start, end in self._spans(here.date()))

    def opens_at(self, moment: datetime) -> datetime | None:
        """When people answer next; None while they do, or where no such time is near."""
        if self.is_open(moment):
            return None
        here = moment.astimezone(ZoneInfo(self.timezone))
        for ahead in range(_LOOK_AHEAD_DAYS):
            for start, _ in self._spans(here.date() + timedelta(days=ahead)):
                if start > here:
                    return start
        return None

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        if day in self.closed_on:
            return []
        spans = self.week.get(_DAYS[day.weekday()], [])
        return sorted((self._at(day, span.start), self._at(day, span.end)) for span in spans)

    def _at(self, day: date, clock: str) -> datetime:
        zone = ZoneInfo(self.timezone)
        if clock == "24:00":
            return datetime.combine(day + timedelta(days=1), time(), zone)
        return datetime.combine(day, time.fromisoformat(clock), zone)
