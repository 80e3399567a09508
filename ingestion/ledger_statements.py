"""The SQL of `ledger`: every write is conditional on versions, so a stale writer cannot win."""

from __future__ import annotations

from sqlalchemy import text

STANDING = text("""
SELECT document_id, seen_version, seen_readers, version, shown_readers, index_version, title, change_hash
FROM ledger WHERE index_name = :index AND document_id = ANY(:ids)
""")

RECEIVE = text("""
INSERT INTO ledger AS l (index_name, document_id, tenant, source, key, state, seen_version, seen_readers,
                         deleted_version, updated_at)
SELECT :index, r.document_id, r.tenant, r.source, r.key, CASE WHEN r.deleted THEN 'deleted' ELSE 'pending' END,
       r.version, ARRAY(SELECT jsonb_array_elements_text(r.readers)), CASE WHEN r.deleted THEN r.version ELSE 0 END,
       r.source_time
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(document_id text, tenant text, source text, key text,
     deleted boolean, version bigint, readers jsonb, source_time timestamptz)
ON CONFLICT (index_name, document_id) DO UPDATE SET
  seen_version = excluded.seen_version,
  seen_readers = excluded.seen_readers,
  deleted_version = greatest(l.deleted_version, excluded.deleted_version),
  state = CASE WHEN excluded.state = 'deleted' THEN 'deleted' WHEN l.index_version = 0 THEN 'pending' ELSE l.state END,
  index_version = CASE WHEN excluded.state = 'deleted' THEN 0 ELSE l.index_version END,
  chunks = CASE WHEN excluded.state = 'deleted' THEN 0 ELSE l.chunks END,
  change_hash = CASE WHEN excluded.state = 'deleted' THEN '' ELSE l.change_hash END,
  unswept = l.unswept OR excluded.state = 'deleted',
  updated_at = excluded.updated_at
WHERE l.seen_version < excluded.seen_version
""")

ADVANCE = text("""
INSERT INTO ledger AS l (index_name, document_id, tenant, source, key, kind, title, url, language, metadata, state,
    seen_version, seen_readers, version, shown_readers, index_version, chunks, change_hash, generation, updated_at,
    unswept)
SELECT :index, r.document_id, r.tenant, r.source, r.key, r.kind, r.title, r.url, r.language, r.metadata, r.state,
    r.version,
    ARRAY(SELECT jsonb_array_elements_text(r.readers)), r.version, ARRAY(SELECT jsonb_array_elements_text(r.readers)),
    r.index_version, r.chunks, r.change_hash, r.generation, r.updated_at, true
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(document_id text, tenant text, source text, key text, kind text,
    title text, url text, language text, metadata jsonb, state text, version bigint, readers jsonb,
    index_version bigint, chunks integer, change_hash text, generation integer, updated_at timestamptz)
ON CONFLICT (index_name, document_id) DO UPDATE SET
  kind = excluded.kind, title = excluded.title, url = excluded.url, language = excluded.language,
  metadata = excluded.metadata, state = excluded.state, version = excluded.version,
  shown_readers = excluded.shown_readers, index_version = excluded.index_version, chunks = excluded.chunks,
  change_hash = excluded.change_hash, generation = excluded.generation, updated_at = excluded.updated_at,
  unswept = true,
  seen_version = greatest(l.seen_version, excluded.seen_version),
  seen_readers = CASE WHEN l.seen_version <= excluded.seen_version THEN excluded.seen_readers ELSE l.seen_readers END
WHERE l.version < excluded.version AND l.deleted_version < excluded.version
RETURNING document_id
""")

_FILE_TIME = (
    "updated_at = CASE WHEN l.source = 'files' THEN greatest(l.updated_at, r.source_time) ELSE l.updated_at END"
)
"""A file is under way until the ledger has the time of its very publication (`ingestion.uploads`), also where that
shows nothing new; other documents keep the time of the text that is shown."""

MOVE = text(f"""
UPDATE ledger AS l SET version = r.version, seen_version = greatest(l.seen_version, r.version),
    generation = r.generation, {_FILE_TIME},
    state = CASE WHEN l.index_version > 0 THEN 'shown' ELSE l.state END
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS r(document_id text, version bigint, generation integer, source_time timestamptz)
WHERE l.index_name = :index AND l.document_id = r.document_id
  AND l.version < r.version AND l.deleted_version < r.version
""")  # noqa: S608 (constant text)

END = text(f"""
UPDATE ledger AS l SET version = r.version, state = r.state, generation = r.generation, {_FILE_TIME},
    seen_version = greatest(l.seen_version, r.version),
    index_version = CASE WHEN r.state = 'rejected' THEN l.index_version ELSE 0 END,
    chunks = CASE WHEN r.state = 'rejected' THEN l.chunks ELSE 0 END,
    change_hash = '', unswept = true
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
     AS r(document_id text, version bigint, state text, generation integer, source_time timestamptz)
WHERE l.index_name = :index AND l.document_id = r.document_id AND l.version < r.version
  AND (l.deleted_version < r.version OR r.state = 'deleted')
""")  # noqa: S608 (constant text)

KEEP_TEXT = text("""
INSERT INTO document_texts (document_id, version, tenant, title, text, readers)
VALUES (:document_id, :version, :tenant, :title, :text, :readers) ON CONFLICT DO NOTHING
""")

PROGRESS = text("""
INSERT INTO source_progress AS p (tenant, source, as_of) VALUES (:tenant, :source, :as_of)
ON CONFLICT (tenant, source) DO UPDATE SET as_of = greatest(p.as_of, excluded.as_of)
""")

DEAD_LETTER = text("""
INSERT INTO dead_letters (tenant, source, key, version, stage, reason, payload)
VALUES (:tenant, :source, :key, :version, :stage, :reason, :payload) ON CONFLICT DO NOTHING
""")

OVERTAKEN = text("UPDATE ledger SET unswept = true WHERE index_name = :index AND document_id = ANY(:ids)")
UNSWEPT = text("""
SELECT document_id, seen_version, version, index_version,
       CASE WHEN index_version > 0 THEN index_version
            ELSE greatest(deleted_version, CASE WHEN state IN ('dropped', 'rejected') THEN version ELSE 0 END) + 1
       END AS oldest_kept
FROM ledger WHERE index_name = :index AND unswept ORDER BY document_id LIMIT :limit
""")
SWEPT = text("""
UPDATE ledger AS l SET unswept = false
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(document_id text, seen_version bigint, version bigint,
     index_version bigint)
WHERE l.index_name = :index AND l.document_id = r.document_id AND l.seen_version = r.seen_version
  AND l.version = r.version AND l.index_version = r.index_version
""")
FOLLOWED = text("SELECT name FROM indexes WHERE state IN ('active', 'building') ORDER BY name")
FORGET_TEXTS = text("""
DELETE FROM document_texts t USING ledger l
WHERE l.index_name = :index AND l.document_id = t.document_id AND l.state = 'deleted'
  AND l.updated_at < clock_timestamp() - make_interval(secs => :seconds)
  AND NOT EXISTS (SELECT 1 FROM ledger o WHERE o.document_id = t.document_id AND o.state <> 'deleted')
""")
OLDER = text("""
SELECT key FROM ledger WHERE index_name = :index AND tenant = :tenant AND source = :source AND state <> 'deleted'
  AND generation < :generation ORDER BY key
""")
