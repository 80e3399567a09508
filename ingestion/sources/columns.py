"""Columns of source tables: how Debezium writes their values as JSON, and what they are for a query."""

from __future__ import annotations

from dataclasses import dataclass, field

UNBOUNDED_DECIMAL = "DECIMAL(38, 10)"
_MAX_PRECISION = 38


@dataclass(frozen=True, slots=True)
class Encoding:
    """`physical` is the Flink type of the JSON value as it arrives, `logical` the type that queries see.

    `expression` turns one into the other; `{}` stands for the quoted column.
    """

    physical: str
    logical: str
    expression: str = "{}"


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a source table; `encoding` is None where values of its type are left out (binary, geometry)."""

    name: str
    declared: str
    encoding: Encoding | None


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table as the database describes it; `key` is what tells its rows apart (never empty)."""

    schema: str
    table: str
    name: str
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """schema.table."""
        return f"{self.schema}.{self.table}"

    @property
    def long_texts(self) -> tuple[str, ...]:
        """Names of the columns whose values may be long texts."""
        return tuple(
            column.name for column in self.columns if column.encoding is not None and column.declared in LONG_TEXTS
        )


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a source database says about the tables of a contract.

    `problems` (one sentence each) keep the source from being followed, so do `missing` tables unless they went away
    later; `notes` are worth knowing.
    `publication` is the name of a ready-made PostgreSQL publication, "" where Freshet makes its own.
    """

    tables: tuple[SourceTable, ...]
    problems: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    publication: str = ""


LONG_TEXTS = frozenset(
    {*["text", "json", "jsonb", "xml", "citext", "hstore", "longtext", "mediumtext", "varchar"], "character varying"}
)

_SAME = {name: Encoding(name, name) for name in ("SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "STRING")}
_TEXT = _SAME["STRING"]
_WITHOUT_ZONE = Encoding("STRING", "STRING", "REPLACE({}, 'Z', '')")
_DATE = Encoding("STRING", "DATE", "TRY_CAST(REPLACE({}, 'Z', '') AS DATE)")


def _timestamp(precision: int, *, zoned: bool) -> Encoding:
    kind = f"TIMESTAMP({precision})"
    parsed = f"TRY_CAST(REPLACE(REPLACE({{}}, 'T', ' '), 'Z', '') AS {kind})"
    if not zoned:
        return Encoding("STRING", kind, parsed)
    return Encoding("STRING", f"TIMESTAMP_LTZ({precision})", f"CAST({parsed} AS TIMESTAMP_LTZ({precision}))")


def _decimal(precision: int, scale: int) -> Encoding:
    if precision <= 0:
        kind = UNBOUNDED_DECIMAL
    else:
        kept = min(precision, _MAX_PRECISION)
        kind = f"DECIMAL({kept}, {max(0, min(scale, kept))})"
    return Encoding("STRING", kind, f"TRY_CAST({{}} AS {kind})")


@dataclass(frozen=True, slots=True)
class PostgresType:
    """A type as the catalogue has it, domains resolved; `modifier` is atttypmod, `element` an array's item type."""

    name: str
    kind: str
    modifier: int
    element: str = ""
    element_kind: str = field(default="b")


_POSTGRES = {
    "int2": "SMALLINT", "int4": "INT", "int8": "BIGINT", "oid": "BIGINT", "float4": "FLOAT", "float8": "DOUBLE",
    "bool": "BOOLEAN",
}  # fmt: skip
_POSTGRES_TEXTS = frozenset(
    [
        "varchar",
        "text",
        "name",
        "citext",
        "uuid",
        "json",
        "jsonb",
        "xml",
        "inet",
        "cidr",
        "macaddr",
        "macaddr8",
        "ltree",
        "tsvector",
        "hstore",
        "interval",
        "int4range",
        "int8range",
        "numrange",
        "tsrange",
        "tstzrange",
        "daterange",
    ]
)
_POSTGRES_ITEMS = {
    "int2": "INT",
    "int4": "INT",
    "int8": "BIGINT",
    "float4": "DOUBLE",
    "float8": "DOUBLE",
    "bool": "BOOLEAN",
}


def postgres_encoding(found: PostgresType) -> Encoding | None:
    """How values of a PostgreSQL type arrive (decimals, times and intervals as texts); None to leave them out."""
    if found.element:
        return _postgres_array(found)
    if found.kind == "e" or found.name in _POSTGRES_TEXTS:
        return _TEXT
    if found.name in _POSTGRES:
        return _SAME[_POSTGRES[found.name]]
    if found.name == "numeric":
        packed = found.modifier - 4
        return (
            _decimal((packed >> 16) & 0xFFFF, ((packed & 0x7FF) ^ 1024) - 1024)
            if found.modifier >= 0
            else _decimal(0, 0)
        )
    if found.name in {"timestamp", "timestamptz"}:
        return _timestamp(found.modifier if found.modifier >= 0 else 6, zoned=found.name == "timestamptz")
    if found.name == "bit":
        return _SAME["BOOLEAN"] if found.modifier == 1 else None
    special = {
        "money": _decimal(19, 2),
        "bpchar": Encoding("STRING", "STRING", "RTRIM({})"),
        "date": _DATE,
        "time": _WITHOUT_ZONE,
        "timetz": _TEXT,
    }
    return special.get(found.name)


def _postgres_array(found: PostgresType) -> Encoding | None:
    item = _POSTGRES_ITEMS.get(found.element)
    texts = _POSTGRES_TEXTS | {"numeric", "bpchar", "date", "timestamp", "timestamptz"}
    if item is None and (found.element_kind == "e" or found.element in texts):
        item = "STRING"
    return Encoding(f"ARRAY<{item}>", f"ARRAY<{item}>") if item else None


@dataclass(frozen=True, slots=True)
class MysqlType:
    """A type as information_schema.columns has it; -1 where a number does not apply."""

    name: str
    declared: str
    precision: int
    scale: int
    fraction: int


_MYSQL_TEXTS = frozenset(["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json"])


def mysql_encoding(found: MysqlType) -> Encoding | None:
    """How values of a MySQL or MariaDB type arrive; None to leave them out.

    MariaDB's uuid is left out: Debezium 3.5 shifts the bytes of every changed value that ends in a zero byte.
    """
    unsigned = "unsigned" in found.declared
    if found.declared.startswith(("tinyint(1)", "bit(1)")):
        return Encoding("STRING", "BOOLEAN", "({} IN ('1', 'true'))")
    whole = {
        "tinyint": "SMALLINT",
        "smallint": "INT",
        "mediumint": "INT",
        "int": "INT",
        "bigint": "BIGINT",
        "year": "INT",
    }
    if found.name in whole:
        return _SAME["BIGINT" if unsigned and found.name == "int" else whole[found.name]]
    if found.name in {"float", "double"}:
        return _SAME["DOUBLE"]
    if found.name == "decimal":
        return _decimal(found.precision, found.scale)
    if found.name in _MYSQL_TEXTS:
        return _TEXT
    if found.name in {"datetime", "timestamp"}:
        return _timestamp(max(found.fraction, 0), zoned=found.name == "timestamp")
    return {"date": _DATE, "time": _WITHOUT_ZONE}.get(found.name)
