"""What travels through the topic `knowledge`, and how documents and versions are named."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

EPOCH_SIZE = 10**12
"""Offsets per epoch of the topic: a version stays an exact integer in JavaScript up to epoch 9,000."""

REBUILT = "freshet.rebuilt"
"""Metadata of a record that was published again to be embedded anew; it is never shown."""


def version_of(epoch: int, offset: int) -> int:
    """The version of the record at `offset` of its partition; strictly rising per document."""
    return epoch * EPOCH_SIZE + offset


def topic_key(tenant: str, source: str, key: str) -> str:
    """The record key in `knowledge`; tenant and source hold no slash, so `parse_topic_key` is exact."""
    return f"{tenant}/{source}/{key}"


def document_id(tenant: str, source: str, key: str) -> str:
    """The public id: 26 lower-case characters, the same for the same document for ever."""
    digest = hashlib.blake2b(topic_key(tenant, source, key).encode(), digest_size=16).digest()
    return base64.b32encode(digest).decode().rstrip("=").lower()


@dataclass(frozen=True, slots=True)
class KnowledgeChange:
    """One record of `knowledge`: a document put (`deleted` false) or removed (`deleted` true, rest empty).

    `pack` names the cleaning pack ("" for the default one). `source_time` is when the source committed it.
    `generation` is the revision of the contract that produced it (0 where there is none).
    """

    tenant: str
    source: str
    key: str
    version: int
    deleted: bool
    source_time: datetime
    kind: str = ""
    title: str = ""
    text: str = ""
    url: str = ""
    language: str = ""
    readers: tuple[str, ...] = ()
    pack: str = ""
    generation: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def document_id(self) -> str:
        """The public id of the document this change is about."""
        return document_id(self.tenant, self.source, self.key)
