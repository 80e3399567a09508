"""Source contracts as they are once read: what is followed, and which documents it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingestion.sources.templates import Template

COLUMN_TYPES = (
    "BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL(p,s), STRING, DATE, TIME, TIMESTAMP, "
    "TIMESTAMP_LTZ, ARRAY<STRING>"
)


@dataclass(frozen=True, slots=True)
class TableChoice:
    """A table of the database that is followed: `name` is what queries call it.

    `key` replaces the primary key where a table has none; empty for the table's own.
    """

    schema: str
    table: str
    name: str
    key: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)

    @property
    def full_name(self) -> str:
        """schema.table, or the table alone where the contract leaves the schema to the connection."""
        return f"{self.schema}.{self.table}" if self.schema else self.table


@dataclass(frozen=True, slots=True)
class DatabaseOrigin:
    """Tables of a database. `connection` still holds its `${NAME}`."""

    connection: str
    tables: tuple[TableChoice, ...]


@dataclass(frozen=True, slots=True)
class JsonColumn:
    """A column read from a JSON object: `path` is a JSON path below it, `type` a Flink SQL type."""

    name: str
    type: str
    path: str


@dataclass(frozen=True, slots=True)
class TopicOrigin:
    """A Kafka topic of JSON objects. With `key` the latest record per key counts, without it every record."""

    topic: str
    columns: tuple[JsonColumn, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineFormat:
    """How a log line is read: `kind` is json, regex or plain; `pattern` has one named group per column."""

    kind: str
    pattern: str
    columns: tuple[JsonColumn, ...]


@dataclass(frozen=True, slots=True)
class LogOrigin:
    """Log lines, of files (globs, which may hold `${NAME}`) or of a topic; exactly one of the two is given."""

    files: tuple[str, ...]
    topic: str
    lines: LineFormat


@dataclass(frozen=True, slots=True)
class FromColumn:
    """A value that a column of the document's query gives."""

    column: str


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """One kind of document.

    `language` is a constant ("" lets it be found out), `readers` fixed names or a column. `updated` names the column
    with the moment of the last change ("" for the moment of processing). `lines` gives the line of each key of the
    YAML, for messages; `sql` that of the query's text.
    """

    kind: str
    sql: str
    key: tuple[str, ...]
    title: Template
    text: Template
    url: Template
    language: str | FromColumn
    readers: tuple[str, ...] | FromColumn
    pack: str
    metadata: tuple[str, ...]
    updated: str
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    def used_columns(self) -> dict[str, tuple[str, ...]]:
        """The columns that each part of the rule names: part → columns."""
        return {
            "key": self.key,
            "title": self.title.columns,
            "text": self.text.columns,
            "url": self.url.columns,
            "language": (self.language.column,) if isinstance(self.language, FromColumn) else (),
            "readers": (self.readers.column,) if isinstance(self.readers, FromColumn) else (),
            "metadata": self.metadata,
            "updated": (self.updated,) if self.updated else (),
        }


@dataclass(frozen=True, slots=True)
class Contract:
    """A source, what it reads and the documents it makes."""

    source: str
    origin: DatabaseOrigin | TopicOrigin | LogOrigin
    documents: tuple[DocumentRule, ...]


def missing_columns(rule: DocumentRule, produced: tuple[str, ...]) -> list[str]:
    """A sentence for each part of `rule` that names a column which its query does not produce."""
    problems = []
    for part, columns in rule.used_columns().items():
        missing = [column for column in columns if column not in produced]
        if missing:
            named = ", ".join(f"{{{column}}}" if part in {"title", "text", "url"} else column for column in missing)
            problems.append(
                f"line {rule.lines.get(part, 1)}: document '{rule.kind}': {part} names {named}, which the query does "
                f"not produce; it produces {', '.join(produced) or 'nothing'}"
            )
    return problems
