"""Knowledge pushed by any system, record by record; acknowledged when Kafka has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.admin.inputs import metadata_of, readers_of, record_key_of, title_of, url_of
from app.admin.services import Services, WithServices
from app.admin.sources import pushed
from app.auth import CurrentCaller
from app.errors import validation_error
from app.refusals import ConflictError, InvalidItemsError
from ingestion.knowledge import MAX_TEXT_CHARACTERS, OutgoingRecord
from ingestion.model import document_id
from retrieval.access import check_slug
from retrieval.errors import RejectedError

MAX_BATCH_RECORDS = 1000
BATCH_BODY_BYTES = 48 * 1024 * 1024
RECORD_BODY_BYTES = 34 * 1024 * 1024

router = APIRouter(tags=["records"])

Source = Annotated[str, Path(max_length=63)]


class Record(BaseModel):
    """One document of knowledge: who may read it must be said; everything but title or text may be left out."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(default="", max_length=10_000)
    text: str = Field(default="", max_length=MAX_TEXT_CHARACTERS)
    readers: list[str] = Field(max_length=512)
    kind: str = Field(default="record", max_length=100)
    language: str = Field(default="", max_length=20)
    url: str = Field(default="", max_length=2000)
    pack: str = Field(default="", max_length=63)
    metadata: dict[str, str | int | float | bool | None] = Field(default_factory=dict)

    def value(self) -> dict[str, Any]:
        """As the topic `knowledge` holds it.

        Raises:
            RejectedError: a reader, the url or the metadata cannot be that.
        """
        if not self.title.strip() and not self.text.strip():
            raise RejectedError("a record needs a title or a text")
        return {
            "kind": self.kind,
            "title": title_of(self.title[:10_000]),
            "text": self.text,
            "url": url_of(self.url),
            "language": self.language,
            "readers": list(readers_of(self.readers)),
            "pack": self.pack,
            "source_time": datetime.now(UTC).isoformat(),
            "metadata": metadata_of(self.metadata),
        }


class BatchRecord(Record):
    """A record with its key; `deleted` true removes the document, and then nothing else is needed."""

    key: str = Field(max_length=300)
    deleted: bool = False
    readers: list[str] = Field(default_factory=list, max_length=512)


class Batch(BaseModel):
    """Up to a thousand records, in order; either all are taken or none."""

    model_config = ConfigDict(extra="forbid")

    records: list[BatchRecord] = Field(min_length=1, max_length=MAX_BATCH_RECORDS)


class Acknowledged(BaseModel):
    """Kafka holds it; the document is searchable a moment later."""

    document_id: str
    source: str
    key: str


class BatchAcknowledged(BaseModel):
    """Kafka holds all of it; `documents` in the order of the records."""

    accepted: int
    documents: list[Acknowledged]


@router.put("/v1/records/{source}/{key:path}", status_code=202)
async def put_record(
    source: Source, key: str, record: Record, caller: CurrentCaller, services: WithServices
) -> Acknowledged:
    """Put one document; the same key again replaces it."""
    outgoing = OutgoingRecord(caller.tenant, source, record_key_of(key), record.value())
    return (await _publish(services, caller.tenant, source, [outgoing]))[0]


@router.delete("/v1/records/{source}/{key:path}", status_code=202)
async def delete_record(source: Source, key: str, caller: CurrentCaller, services: WithServices) -> Acknowledged:
    """Remove one document; nobody sees it from the moment this answers. It is fine when there is none."""
    outgoing = OutgoingRecord(caller.tenant, source, record_key_of(key), None)
    return (await _publish(services, caller.tenant, source, [outgoing]))[0]


_BATCH_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Batch"}}},
    }
}


@router.post("/v1/records/{source}:batch", status_code=202, openapi_extra=_BATCH_BODY)
async def put_records(
    source: Source, request: Request, caller: CurrentCaller, services: WithServices
) -> BatchAcknowledged:
    """Put or remove up to a thousand documents; when one is wrong, none is taken and each fault is named."""
    try:
        batch = Batch.model_validate_json(await request.body())
    except ValidationError as error:
        raise validation_error(error.errors(include_input=False, include_url=False)) from None
    done = await _publish(services, caller.tenant, source, _outgoing(caller.tenant, source, batch.records))
    return BatchAcknowledged(accepted=len(done), documents=done)


def _outgoing(tenant: str, source: str, records: Sequence[BatchRecord]) -> list[OutgoingRecord]:
    outgoing: list[OutgoingRecord] = []
    faults: list[dict[str, str]] = []
    for number, record in enumerate(records):
        try:
            value = None if record.deleted else record.value()
            outgoing.append(OutgoingRecord(tenant, source, record_key_of(record.key), value))
        except RejectedError as error:
            faults.append({"pointer": f"/records/{number}", "detail": error.message})
    if faults:
        raise InvalidItemsError(f"{len(faults)} of {len(records)} records are wrong; none was taken", faults[:100])
    return outgoing


async def _publish(
    services: Services, tenant: str, source: str, records: Sequence[OutgoingRecord]
) -> list[Acknowledged]:
    """Write to Kafka, where the source is one that takes records."""
    check_slug("source", source)
    if not await pushed(services, tenant, source):
        raise ConflictError(f"the source {source!r} is fed by its contract: records cannot be pushed to it")
    await services.publish(records)
    return [
        Acknowledged(document_id=document_id(tenant, source, record.key), source=source, key=record.key)
        for record in records
    ]
