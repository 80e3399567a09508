"""How the things that a source owns elsewhere are called: connector, slot, topics, job. One generation, one set."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

DEFAULT_TENANT = "default"
_SLOT_LENGTH = 63


@dataclass(frozen=True, slots=True)
class SourceNames:
    """The names of one generation of a source's contract.

    Another tenant's name stands before the source's; since no source may be called g1, g2 …, no two can clash.
    """

    tenant: str
    source: str
    generation: int

    @property
    def scoped(self) -> str:
        """The source, with its tenant where that is not the default one."""
        return self.source if self.tenant == DEFAULT_TENANT else f"{self.tenant}.{self.source}"

    @property
    def prefix(self) -> str:
        """What every change topic of this generation begins with."""
        return f"cdc.{self.scoped}.g{self.generation}"

    @property
    def connector(self) -> str:
        """The connector's name on Kafka Connect."""
        return f"freshet-{self.scoped}-g{self.generation}"

    @property
    def slot(self) -> str:
        """The replication slot and the publication in the source's PostgreSQL."""
        plain = re.sub(r"[^a-z0-9]", "_", self.source)
        if self.tenant != DEFAULT_TENANT or plain != self.source:
            plain += "_" + hashlib.sha256(f"{self.tenant}/{self.source}".encode()).hexdigest()[:6]
        tail = f"_g{self.generation}"
        return f"freshet_{plain}"[: _SLOT_LENGTH - len(tail)] + tail

    @property
    def publication(self) -> str:
        """A publication that a database's owner may have made for every generation."""
        return self.slot.rsplit("_g", 1)[0]

    @property
    def job(self) -> str:
        """The SQL job's name on the Flink cluster."""
        return f"freshet-source-{self.scoped}-g{self.generation}"

    @property
    def group(self) -> str:
        """The consumer group under which the SQL job notes how far it has read."""
        return self.job

    @property
    def notifications(self) -> str:
        """The topic to which the connector says that its snapshot is complete."""
        return f"{self.prefix}.notifications"

    @property
    def history(self) -> str:
        """The topic in which a MySQL connector keeps the history of the schema."""
        return f"{self.prefix}.schema-history"

    @property
    def lines(self) -> str:
        """The topic of a log source's lines; it outlives generations."""
        return f"logs.{self.scoped}"

    def table_topic(self, schema: str, table: str) -> str:
        """The topic of one table's changes; characters that Kafka does not take become `_`, as Debezium does it."""
        return re.sub(r"[^A-Za-z0-9._-]", "_", f"{self.prefix}.{schema}.{table}")
