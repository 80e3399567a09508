"""A contract file, read and checked as far as it can be without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2
from pydantic import ValidationError

from ingestion.sources.environment import references
from ingestion.sources.forms import (
    Columns,
    ContractForm,
    DocumentForm,
    FromColumnForm,
    LinesForm,
    TableForm,
    problems_of,
)
from ingestion.sources.model import (
    COLUMN_TYPES,
    Contract,
    DatabaseOrigin,
    DocumentRule,
    FromColumn,
    JsonColumn,
    LineFormat,
    LogOrigin,
    TableChoice,
    TopicOrigin,
    missing_columns,
)
from ingestion.sources.queries import read_query
from ingestion.sources.templates import Template, read_template
from ingestion.sources.yaml_lines import LinedYaml, Path, read_yaml
from retrieval.access import check_principal
from retrieval.errors import RejectedError

LINE_COLUMNS = ("line", "file", "byte_offset", "read_at", "processed_at")
_RESERVED = {"files", "records"}
_GENERATION = re.compile(r"g\d+")
_TYPE = re.compile(
    r"(BOOLEAN|TINYINT|SMALLINT|INT|INTEGER|BIGINT|FLOAT|DOUBLE|STRING|DATE|TIME|TIMESTAMP(_LTZ)?(\([0-6]\))?"
    r"|DECIMAL\(([1-9]|[12]\d|3[0-8]), ?\d{1,2}\)|ARRAY<STRING>)"
)
_LANGUAGE = re.compile(r"auto|[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_PATH = re.compile(r"\$(\.[A-Za-z_][A-Za-z0-9_]*|\[\d+\]|\['[^'\\]+'\])+")
_FIELDS_OF = {
    "database": ("connection", "tables"),
    "topic": ("topic", "format", "columns", "key"),
    "log": ("files", "topic", "lines"),
}


def read_contract(text: str) -> Contract:
    """The contract that a YAML file holds.

    Raises:
        RejectedError: every mistake found, one sentence with its line per line of the message.
    """
    file = read_yaml(text)
    if not isinstance(file.value, dict):
        raise RejectedError("line 1: a contract is a mapping that begins with 'source: name'")
    try:
        form = ContractForm.model_validate(file.value)
    except ValidationError as error:
        raise RejectedError("\n".join(problems_of(error, file))) from None
    return _Reader(form, file).contract()


class _Reader:
    """Turns the form into a contract, collecting mistakes on the way."""

    def __init__(self, form: ContractForm, file: LinedYaml) -> None:
        self._form = form
        self._file = file
        self._problems: list[tuple[int, str]] = []

    def contract(self) -> Contract:
        form = self._form
        if form.source in _RESERVED or _GENERATION.fullmatch(form.source):
            self._say(("source",), f"the name '{form.source}' is taken by Freshet itself, choose another")
        origin = self._origin()
        documents = tuple(self._document(number, rule) for number, rule in enumerate(form.documents))
        for number, rule in enumerate(documents):
            if rule.kind in {other.kind for other in documents[:number]}:
                self._say(("documents", number, "kind"), f"the kind '{rule.kind}' is there twice")
            if origin is not None:
                self._check_query(rule, origin)
        if self._problems or origin is None:
            raise RejectedError(
                "\n".join(f"line {line}: {words}" for line, words in sorted(dict.fromkeys(self._problems)))
            )
        return Contract(form.source, origin, documents)

    def _say(self, path: Path, words: str) -> None:
        self._problems.append((self._file.line(path), words))

    def _origin(self) -> DatabaseOrigin | TopicOrigin | LogOrigin | None:
        form = self._form
        kind = "log" if form.files or form.lines else "topic" if form.topic else "database" if form.connection else ""
        if not kind:
            self._say((), "the source says not where it reads from: 'connection' and 'tables', 'topic', or 'files'")
            return None
        given = {name for names in _FIELDS_OF.values() for name in names if getattr(form, name) is not None}
        for name in sorted(given - set(_FIELDS_OF[kind])):
            self._say((name,), f"'{name}' does not belong to a {kind} source")
        if kind == "database":
            return self._database()
        return self._topic() if kind == "topic" else self._log()

    def _database(self) -> DatabaseOrigin:
        tables = tuple(self._table(number, form) for number, form in enumerate(self._form.tables or []))
        if not tables:
            self._say(("tables",), "'tables' names no table")
        for number, table in enumerate(tables):
            if table.name in {other.name for other in tables[:number]}:
                self._say(("tables", number), f"two tables are called '{table.name}': give one of them another 'name'")
        return DatabaseOrigin(self._form.connection or "", tables)

    def _table(self, number: int, form: TableForm) -> TableChoice:
        schema, _, table = form.table.rpartition(".")
        if not table or any(character in form.table for character in ",`\"'\\\n"):
            self._say(("tables", number), f"'{form.table}' is not the name of a table: write schema.table")
        return TableChoice(schema, table, form.name or table, tuple(form.key), self._file.line(("tables", number)))

    def _topic(self) -> TopicOrigin:
        form = self._form
        columns = self._columns(form.columns or {}, ("columns",))
        if not columns:
            self._say(("columns",), "'columns' is missing: a topic's JSON is read by names and types")
        names = {column.name for column in columns}
        for name in form.key or []:
            if name not in names:
                self._say(("key",), f"the key '{name}' is not one of the columns")
        return TopicOrigin(self._topic_name(form.topic or ""), columns, tuple(form.key or ()))

    def _topic_name(self, topic: str) -> str:
        if topic and not _TOPIC.fullmatch(topic) and not references(topic):
            self._say(("topic",), f"'{topic}' is not the name of a Kafka topic")
        return topic

    def _log(self) -> LogOrigin:
        form = self._form
        if bool(form.files) == bool(form.topic):
            self._say(("lines",), "a log source reads either 'files' or a 'topic'")
        lines = form.lines or LinesForm(format="plain")
        columns = self._columns(lines.columns, ("lines", "columns"))
        for name in sorted({column.name for column in columns} & set(LINE_COLUMNS)):
            self._say(("lines", "columns", name), f"every line has a column '{name}' already, choose another name")
        if lines.format == "regex":
            self._check_pattern(lines.pattern or "", columns)
        elif lines.pattern is not None:
            self._say(("lines", "pattern"), f"a pattern does not belong to lines of format {lines.format}")
        if lines.format == "plain" and columns:
            self._say(("lines", "columns"), "plain lines have no columns of their own")
        return LogOrigin(
            tuple(form.files or ()),
            self._topic_name(form.topic or ""),
            LineFormat(lines.format, lines.pattern or "", columns),
        )

    def _check_pattern(self, pattern: str, columns: tuple[JsonColumn, ...]) -> None:
        if not pattern:
            self._say(("lines",), "lines of format regex need a 'pattern'")
            return
        try:
            groups = set(re2.compile(pattern).groupindex)
        except re2.error as error:
            reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
            self._say(("lines", "pattern"), f"the pattern cannot be used (RE2 syntax): {reason}")
            return
        for column in columns:
            if column.name not in groups:
                self._say(("lines", "columns", column.name), f"the pattern has no group (?P<{column.name}>…)")

    def _columns(self, columns: Columns, path: Path) -> tuple[JsonColumn, ...]:
        for name, form in columns.items():
            if not _TYPE.fullmatch(form.type.upper()):
                self._say(
                    (*path, name), f"the type '{form.type}' of column '{name}' is not known; known are {COLUMN_TYPES}"
                )
            if form.path and not _PATH.fullmatch(form.path):
                self._say((*path, name), f"the path '{form.path}' of column '{name}' cannot be read: write it as $.a.b")
            if "`" in name or "'" in name:
                self._say((*path, name), f"the column '{name}' may hold no quotes")
        return tuple(
            JsonColumn(name, form.type.upper().replace("INTEGER", "INT"), form.path or f"$['{name}']")
            for name, form in columns.items()
        )

    def _document(self, number: int, form: DocumentForm) -> DocumentRule:
        path: Path = ("documents", number)
        if isinstance(form.language, str) and not _LANGUAGE.fullmatch(form.language):
            self._say((*path, "language"), f"the language '{form.language}' is not a code such as en or zh, nor auto")
        if isinstance(form.readers, list):
            if not form.readers:
                self._say((*path, "readers"), "'readers' names nobody: write [public], groups, or {column: name}")
            for reader in form.readers:
                self._check_reader(reader, path)
        language = FromColumn(form.language.column) if isinstance(form.language, FromColumnForm) else form.language
        readers = FromColumn(form.readers.column) if isinstance(form.readers, FromColumnForm) else tuple(form.readers)
        lines = {str(at[2]): line for at, line in self._file.lines.items() if at[:2] == path and len(at) == 3}
        lines["sql"] = self._file.text_lines.get((*path, "sql"), lines.get("sql", 1))
        return DocumentRule(
            kind=form.kind,
            sql=form.sql.strip().removesuffix(";").rstrip(),
            key=tuple(form.key),
            title=self._template(form.title.strip(), (*path, "title")),
            text=self._template(form.text.strip(), (*path, "text")),
            url=self._template(form.url.strip(), (*path, "url")),
            language="" if language == "auto" else language,
            readers=readers,
            pack=form.cleaning,
            metadata=tuple(form.metadata),
            updated=form.updated,
            lines=lines,
        )

    def _check_reader(self, reader: str, path: Path) -> None:
        try:
            check_principal(reader)
        except RejectedError as error:
            self._say((*path, "readers"), error.message)

    def _template(self, text: str, path: Path) -> Template:
        try:
            return read_template(text)
        except RejectedError as error:
            self._say(path, f"{path[-1]}: {error.message}")
            return Template(())

    def _check_query(self, rule: DocumentRule, origin: DatabaseOrigin | TopicOrigin | LogOrigin) -> None:
        shape = read_query(rule.sql)
        if shape is None:
            return
        line = rule.lines["sql"]
        if shape.statements != 1 or not shape.is_query:
            self._problems.append((line, f"document '{rule.kind}': sql must be one SELECT"))
            return
        known = table_names(origin)
        for table in sorted(shape.tables - set(known)):
            words = f"the query reads '{table}', but the tables here are {', '.join(known)}"
            self._problems.append((line, f"document '{rule.kind}': {words}"))
        if shape.columns is not None:
            for sentence in missing_columns(rule, shape.columns):
                number, _, words = sentence.removeprefix("line ").partition(": ")
                self._problems.append((int(number), words))


def table_names(origin: DatabaseOrigin | TopicOrigin | LogOrigin) -> tuple[str, ...]:
    """What queries may call the tables of a source: a topic's is called `records`, a log's `lines`."""
    if isinstance(origin, DatabaseOrigin):
        return tuple(table.name for table in origin.tables)
    return ("records",) if isinstance(origin, TopicOrigin) else ("lines",)


def environment_names(contract: Contract) -> Iterator[str]:
    """The `${NAME}`s that a contract needs."""
    origin = contract.origin
    texts = (origin.connection,) if isinstance(origin, DatabaseOrigin) else (origin.topic,)
    for text in (*texts, *(origin.files if isinstance(origin, LogOrigin) else ())):
        yield from references(text)
