"""Publish a source's documents once more, so that they are cleaned, cut and embedded anew in place."""

from __future__ import annotations

import secrets

import orjson

from ingestion.knowledge import KnowledgePublisher, OutgoingRecord, parse_topic_key, read_topic
from ingestion.model import REBUILT
from retrieval.errors import RejectedError


def republish(bootstrap_servers: str, publisher: KnowledgePublisher, source: str) -> int:
    """Write the newest record of each document of `source` again; how many there were.

    Raises:
        UnavailableError: Kafka does not answer.
    """
    newest: dict[bytes, bytes | None] = {}
    for record in read_topic(bootstrap_servers):
        if record.key is not None and record.key.split(b"/")[1:2] == [source.encode()]:
            newest[record.key] = record.value
    nonce = secrets.token_hex(4)
    outgoing = []
    for key, value in newest.items():
        if value is None:
            continue
        try:
            tenant, named, own = parse_topic_key(key)
            body = orjson.loads(value)
        except (RejectedError, orjson.JSONDecodeError):
            continue
        body["metadata"] = {**(body.get("metadata") or {}), REBUILT: nonce}
        outgoing.append(OutgoingRecord(tenant, named, own, body))
    publisher.publish(outgoing)
    return len(outgoing)
