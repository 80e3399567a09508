"""Uploaded files as a state machine over the table `uploads`; every step is one short transaction.

    queued ──claim──▶ parsing ──finish──▶ parsed        new bytes, readers or title: revision + 1, queued again
       ▲                 │  └──fail──▶ failed           delete: deleted (an upload of the same name begins anew)
       └──lease ran out──┘

A file is acknowledged when its original is stored and its row committed; from then on the row is the truth and messages
in Celery are hints that may be lost or doubled. A worker holds a lease that it keeps extending; revision and attempt
fence it, so that a worker that was thought dead changes nothing. Readers and title are read at the moment of
publishing, under the row's lock: what an editor changed while the file was being parsed counts. A record's source_time
is the row's `updated_at`: the ledger shows it once the indexing job has received that very publication.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from ingestion.knowledge import OutgoingRecord
from ingestion.model import document_id
from ingestion.tables import uploads

SOURCE = "files"
"""The source that uploaded files belong to."""

CHANNEL = "freshet:uploads"
"""On Redis, a message for every step: a JSON object with document_id, tenant, state and progress."""

QUEUED, PARSING, PARSED, FAILED, DELETED = "queued", "parsing", "parsed", "failed", "deleted"
LEASE_SECONDS = 30
MAX_ATTEMPTS = 3
RESEND_SECONDS = 60
"""A file that is still queued after this long has its message sent again: the first one may be lost."""


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A file whose original already lies at `original` in the object store."""

    tenant: str
    key: str
    filename: str
    sha256: str
    size_bytes: int
    content_type: str
    original: str
    title: str
    readers: tuple[str, ...]
    metadata: Mapping[str, str]
    uploaded_by: str

    @property
    def document_id(self) -> str:
        """The public id of the document that the file becomes."""
        return document_id(self.tenant, SOURCE, self.key)


@dataclass(frozen=True, slots=True)
class Upload:
    """One row of `uploads`; `title` is "" where the file's own title counts, `reason` "" where nothing failed."""

    document_id: str
    tenant: str
    key: str
    filename: str
    sha256: str
    size_bytes: int
    content_type: str
    original: str
    title: str
    readers: tuple[str, ...]
    metadata: Mapping[str, str]
    state: str
    reason: str
    progress: Mapping[str, Any]
    attempts: int
    revision: int
    uploaded_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ParsedText:
    """What parsing made of a file, as it is kept beside the original: to publish it again costs no parsing."""

    title: str
    text: str
    language: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The row after `accept`; `superseded` is the path of the original that is no longer needed ("" for none)."""

    upload: Upload
    changed: bool
    superseded: str


_COLUMNS = [uploads.c[name] for name in Upload.__dataclass_fields__]


def get(connection: Connection, tenant: str, document: str, *, lock: bool = False) -> Upload | None:
    """The upload of a tenant, deleted ones too; with `lock`, nobody else changes it until the transaction ends."""
    statement = select(*_COLUMNS).where(uploads.c.tenant == tenant, uploads.c.document_id == document)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    return _upload(row) if row else None


def accept(connection: Connection, new: NewUpload) -> Accepted:
    """Put a file into the queue; the same bytes, readers, title and metadata as before change nothing."""
    fresh = {
        **{name: getattr(new, name) for name in NewUpload.__dataclass_fields__},
        "readers": list(new.readers),
        "metadata": dict(new.metadata),
    }
    inserted = connection.execute(
        insert(uploads)
        .values(document_id=new.document_id, state=QUEUED, **fresh)
        .on_conflict_do_nothing()
        .returning(*_COLUMNS)
    ).one_or_none()
    if inserted:
        return Accepted(_upload(inserted), changed=True, superseded="")
    standing = get(connection, new.tenant, new.document_id, lock=True)
    assert standing is not None, "a row that conflicts is there, and rows are never removed"
    if _same(standing, new):
        return Accepted(standing, changed=False, superseded=new.original)
    row = connection.execute(_again(standing).values(**fresh).returning(*_COLUMNS)).one()
    return Accepted(_upload(row), changed=True, superseded=standing.original)


def _same(standing: Upload, new: NewUpload) -> bool:
    return (
        standing.state not in {FAILED, DELETED}
        and standing.sha256 == new.sha256
        and set(standing.readers) == set(new.readers)
        and standing.title == new.title
        and dict(standing.metadata) == dict(new.metadata)
    )


def _again(standing: Upload) -> Any:
    """An update that makes a new revision of the row and puts it into the queue."""
    return (
        update(uploads)
        .where(uploads.c.document_id == standing.document_id)
        .values(
            state=QUEUED,
            reason="",
            progress={},
            attempts=0,
            revision=standing.revision + 1,
            lease_until=None,
            updated_at=func.clock_timestamp(),
        )
    )


def describe(connection: Connection, standing: Upload, readers: Sequence[str], title: str) -> Upload:
    """Give an upload other readers and another title; who holds its lock publishes it when it is parsed."""
    row = connection.execute(
        update(uploads)
        .where(uploads.c.document_id == standing.document_id)
        .values(readers=list(readers), title=title, updated_at=func.clock_timestamp())
        .returning(*_COLUMNS)
    ).one()
    return _upload(row)


def remove(connection: Connection, standing: Upload) -> None:
    """Mark as deleted; a worker that is parsing it loses its claim."""
    connection.execute(_again(standing).values(state=DELETED))


def claim(connection: Connection, document: str, revision: int) -> Upload | None:
    """Take the lease on a file that waits (or whose worker is gone); None when there is nothing to do."""
    free = or_(uploads.c.state == QUEUED, and_(uploads.c.state == PARSING, uploads.c.lease_until < func.now()))
    row = connection.execute(
        update(uploads)
        .where(uploads.c.document_id == document, uploads.c.revision == revision, free)
        .values(
            state=PARSING,
            attempts=uploads.c.attempts + 1,
            lease_until=_lease_end(),
            progress={},
            updated_at=func.clock_timestamp(),
        )
        .returning(*_COLUMNS)
    ).one_or_none()
    return _upload(row) if row else None


def report(connection: Connection, held: Upload, progress: Mapping[str, Any]) -> bool:
    """Extend the lease and say how far it is; False when the lease is no longer ours: stop."""
    values = {"lease_until": _lease_end(), "progress": dict(progress)}
    return connection.execute(_held(held).values(**values)).rowcount == 1


def fail(connection: Connection, held: Upload, reason: str) -> bool:
    """Give up on this revision with a sentence for its owner; False when the lease is no longer ours."""
    values = {"state": FAILED, "reason": reason, "lease_until": None, "updated_at": func.clock_timestamp()}
    return connection.execute(_held(held).values(**values)).rowcount == 1


def release(connection: Connection, held: Upload) -> None:
    """Put it back into the queue without counting the attempt: a service was away, the file is not to blame."""
    values = {"state": QUEUED, "attempts": held.attempts - 1, "lease_until": None, "updated_at": func.clock_timestamp()}
    connection.execute(_held(held).values(**values))


def finish(
    connection: Connection, held: Upload, parsed: ParsedText, publish: Callable[[OutgoingRecord], object]
) -> bool:
    """Publish what was parsed, with the readers and title of this moment; False when the lease is no longer ours.

    The row stays locked while `publish` waits for Kafka, so revisions reach the topic in their order. When it raises,
    the transaction must be rolled back, and the file is parsed (from the copy kept) again.
    """
    standing = get(connection, held.tenant, held.document_id, lock=True)
    if standing is None or (standing.revision, standing.attempts, standing.state) != (
        held.revision,
        held.attempts,
        PARSING,
    ):
        return False
    values = {"state": PARSED, "reason": "", "lease_until": None, "updated_at": func.clock_timestamp()}
    row = connection.execute(_held(held).values(**values).returning(*_COLUMNS)).one()
    publish(record_of(_upload(row), parsed))
    return True


def record_of(upload: Upload, parsed: ParsedText) -> OutgoingRecord:
    """The record of `knowledge` for a parsed file."""
    value = {
        "kind": "file",
        "title": upload.title or parsed.title or upload.filename,
        "text": parsed.text,
        "url": f"/v1/documents/{upload.document_id}/original",
        "language": parsed.language,
        "readers": list(upload.readers),
        "source_time": upload.updated_at.isoformat(),
        "metadata": {**parsed.metadata, "filename": upload.filename, **upload.metadata},
    }
    return OutgoingRecord(upload.tenant, SOURCE, upload.key, value)


def requeue_stuck(engine: Engine, send: Callable[[str, int], None], limit: int = 200) -> int:
    """Send the files again whose worker or message was lost; how many. Call it every few seconds, from anywhere.

    `send(document_id, revision)` may raise when the broker is away: the rows stay as they are and are found again.
    A file that has cost `MAX_ATTEMPTS` workers fails with a sentence instead.
    """
    with engine.begin() as connection:
        connection.execute(_BURY, {"attempts": MAX_ATTEMPTS, "reason": _BURIED})
        found = connection.execute(_STUCK, {"resend": RESEND_SECONDS, "limit": limit}).all()
        for document, revision in found:
            send(document, revision)
    return len(found)


_BURIED = f"parsing this file stopped a worker {MAX_ATTEMPTS} times; it is left out"
_BURY = text("""
UPDATE uploads SET state = 'failed', reason = :reason, lease_until = NULL, updated_at = clock_timestamp()
WHERE state = 'parsing' AND lease_until < now() AND attempts >= :attempts
""")
_STUCK = text("""
UPDATE uploads SET state = 'queued', lease_until = NULL, updated_at = clock_timestamp()
WHERE document_id IN (
  SELECT document_id FROM uploads
  WHERE (state = 'parsing' AND lease_until < now())
     OR (state = 'queued' AND updated_at < now() - make_interval(secs => :resend))
  ORDER BY updated_at LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING document_id, revision
""")


def _held(held: Upload) -> Any:
    return update(uploads).where(
        uploads.c.document_id == held.document_id,
        uploads.c.revision == held.revision,
        uploads.c.attempts == held.attempts,
        uploads.c.state == PARSING,
    )


def _lease_end() -> Any:
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, LEASE_SECONDS)


def _upload(row: Row[Any]) -> Upload:
    return Upload(**{**row._mapping, "readers": tuple(row.readers)})  # noqa: SLF001 (public in SQLAlchemy)
