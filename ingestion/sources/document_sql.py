"""From the rows of a document's query to records of `knowledge`, as Flink SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingestion.sources.model import DocumentRule, FromColumn, missing_columns
from ingestion.sources.plan import JobPlan, OutputColumn
from ingestion.sources.templates import Placeholder, Template
from retrieval.errors import RejectedError

KNOWLEDGE = "freshet_knowledge"
DEAD_LETTERS = "freshet_dead_letters"
KNOWLEDGE_COLUMNS = (
    "`id` STRING, `kind` STRING, `title` STRING, `text` STRING, `url` STRING, `language` STRING, "
    "`readers` ARRAY<STRING>, `pack` STRING, `generation` INT, `source_time` TIMESTAMP_LTZ(3), "
    "`metadata` MAP<STRING, STRING>"
)
DEAD_LETTER_COLUMNS = "`id` STRING, `kind` STRING, `reason` STRING, `payload` STRING"
_TEXTS = {"CHAR", "VARCHAR"}
_BINARY = {"BINARY", "VARBINARY", "RAW", "STRUCTURED_TYPE"}
_TIMESTAMPS = {"TIMESTAMP_WITHOUT_TIME_ZONE", "TIMESTAMP_WITH_LOCAL_TIME_ZONE"}
_TRIMMED_SCALE = 6
_PAYLOAD_CHARACTERS = 4000

Columns = Mapping[str, OutputColumn]


def quoted(name: str) -> str:
    """An identifier of Flink SQL."""
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """A text literal of Flink SQL."""
    return "'" + text.replace("'", "''") + "'"


def view_name(rule: DocumentRule) -> str:
    """What the view over a document's query is called."""
    return f"freshet_document_{rule.kind}"


def check_columns(rule: DocumentRule, produced: Sequence[OutputColumn]) -> None:
    """Whether the query gives what the rule names.

    Raises:
        RejectedError: a column is missing, or its type cannot be used there.
    """
    problems = missing_columns(rule, tuple(column.name for column in produced))
    roots = {column.name: column for column in produced}
    for part, names in rule.used_columns().items():
        for name in names:
            column = roots.get(name)
            wrong = _wrong_type(part, column) if column is not None else ""
            if wrong:
                problems.append(f"line {rule.lines.get(part, 1)}: document '{rule.kind}': {part} names {name}, {wrong}")
    if problems:
        raise RejectedError("\n".join(problems))


def _wrong_type(part: str, column: OutputColumn) -> str:
    if column.root in _BINARY:
        return "which holds bytes, not text"
    is_text_array = column.root == "ARRAY" and column.element in _TEXTS
    if part == "readers" and column.root not in _TEXTS and not is_text_array:
        return "which is neither a text nor an array of texts"
    if part == "updated" and column.root not in _TIMESTAMPS | {"DATE"}:
        return "which is not a moment in time"
    return ""


def knowledge_insert(plan: JobPlan, rule: DocumentRule, columns: Columns) -> str:
    """The statement that writes the documents of one kind.

    One statement per kind, so that its sink runs in the thread of the last join or aggregate: what that emits for one
    change, a retraction and a new row, reaches the sink's buffer together and leaves it as one record.
    """
    return f"INSERT INTO {quoted(KNOWLEDGE)} {_documents(plan, rule, columns)}"


def preview_query(plan: JobPlan, rule: DocumentRule, columns: Columns, count: int) -> str:
    """The query whose rows are the first documents of one kind; lists and mappings as JSON, the moment as text."""
    names = "id, kind, title, text, url, lang, readers, pack, generation, moment, metadata"
    return (
        "SELECT id, kind, title, text, url, lang, JSON_STRING(readers), pack, generation, CAST(moment AS STRING), "
        f"JSON_STRING(metadata) FROM ({_documents(plan, rule, columns)}) AS documents ({names}) LIMIT {count}"
    )


def dead_letter_insert(plan: JobPlan, columns: Mapping[str, Columns]) -> str:
    """The statement that writes what cannot become a document, and why."""
    selects = [*plan.raw_dead_letters]
    for rule in plan.documents:
        selects += _dead_letters(plan, rule, columns[rule.kind])
    return f"INSERT INTO {quoted(DEAD_LETTERS)} " + " UNION ALL ".join(selects)


def _documents(plan: JobPlan, rule: DocumentRule, columns: Columns) -> str:
    identifier = _identifier(plan, rule, columns)
    text = _template(rule.text, columns)
    return (
        f"SELECT {identifier}, {literal(rule.kind)}, {_template(rule.title, columns)}, {text}, "
        f"{_url(rule.url, columns)}, {_language(rule, columns)}, {_readers(rule, columns)}, "
        f"{literal(rule.pack)}, {plan.generation}, "
        f"{_source_time(rule, columns)}, {_metadata(rule, columns)} "
        f"FROM {quoted(view_name(rule))} WHERE {_key_is_there(rule, columns)}CHAR_LENGTH({text}) < {plan.text_limit}"
    )


def _key_is_there(rule: DocumentRule, columns: Columns) -> str:
    return "".join(f"{quoted(name)} IS NOT NULL AND " for name in rule.key if columns[name].nullable)


def _prefix(plan: JobPlan, rule: DocumentRule) -> str:
    return f"{plan.tenant}/{plan.source}/{rule.kind}/"


def _identifier(plan: JobPlan, rule: DocumentRule, columns: Columns) -> str:
    """tenant/source/kind/key; where several columns are the key, a slash inside one of them is written %2F."""
    values = [_value(columns[name]) for name in rule.key]
    if len(values) > 1:
        values = [f"REPLACE({value}, '/', '%2F')" for value in values]
    return f"{literal(_prefix(plan, rule))} || " + " || '/' || ".join(values)


def _dead_letters(plan: JobPlan, rule: DocumentRule, columns: Columns) -> list[str]:
    """Rows whose key is NULL (where it can be), and documents that are too long."""
    text, title = _template(rule.text, columns), _template(rule.title, columns)
    view, kind = quoted(view_name(rule)), literal(rule.kind)
    payload = f"LEFT('# ' || {title} || CHR(10) || CHR(10) || {text}, {_PAYLOAD_CHARACTERS})"
    there = _key_is_there(rule, columns)
    found = []
    nullable = [name for name in rule.key if columns[name].nullable]
    if nullable:
        reason = literal(f"the row has no key: {' or '.join(nullable)} is NULL")
        nowhere = " OR ".join(f"{quoted(name)} IS NULL" for name in nullable)
        found.append(
            f"SELECT {literal(_prefix(plan, rule) + '?')} || MD5({title} || {text}), {kind}, {reason}, {payload} "
            f"FROM {view} WHERE {nowhere}"
        )
    long = literal(f"the text has {plan.text_limit:,} characters or more, which is the limit of a database's documents")
    found.append(
        f"SELECT {_identifier(plan, rule, columns)}, {kind}, {long}, {payload} FROM {view} "
        f"WHERE {there}CHAR_LENGTH({text}) >= {plan.text_limit}"
    )
    return found


def _value(column: OutputColumn) -> str:
    """A column as the text that people expect: no trailing zeros of a fraction, lists with commas, true and false."""
    name = quoted(column.name)
    if column.root in _TEXTS:
        return name
    as_text = f"CAST({name} AS STRING)"
    if column.root == "BOOLEAN":
        return f"LOWER({as_text})"
    if column.root == "ARRAY" and column.element in _TEXTS:
        return f"ARRAY_JOIN({name}, ', ')"
    fraction = column.scale > (0 if column.root in _TIMESTAMPS else _TRIMMED_SCALE)
    if fraction and (column.root in _TIMESTAMPS or column.root == "DECIMAL"):
        return f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {as_text}))"
    return as_text


def _shown(column: OutputColumn) -> str:
    value = _value(column)
    return f"COALESCE({value}, '')" if column.nullable else value


def _template(template: Template, columns: Columns) -> str:
    parts = [
        _shown(columns[part.column]) if isinstance(part, Placeholder) else literal(part) for part in template.parts
    ]
    if not parts:
        return "''"
    return parts[0] if len(parts) == 1 else f"CONCAT({', '.join(parts)})"


def _url(template: Template, columns: Columns) -> str:
    """Values are percent-encoded, unless the whole address comes from one column."""
    if template.only_column:
        return _shown(columns[template.only_column])
    parts = []
    for part in template.parts:
        if isinstance(part, Placeholder):
            parts.append(f"REPLACE(URL_ENCODE({_shown(columns[part.column])}), '+', '%20')")
        else:
            parts.append(literal(part))
    return f"CONCAT({', '.join(parts)})" if parts else "''"


def _language(rule: DocumentRule, columns: Columns) -> str:
    return _shown(columns[rule.language.column]) if isinstance(rule.language, FromColumn) else literal(rule.language)


def _readers(rule: DocumentRule, columns: Columns) -> str:
    """An array; NULL or nothing in the column means that nobody may read the document."""
    if isinstance(rule.readers, tuple):
        return f"ARRAY[{', '.join(literal(reader) for reader in rule.readers)}]"
    column = columns[rule.readers.column]
    return (
        f"ARRAY_REMOVE({quoted(column.name)}, CAST(NULL AS STRING))"
        if column.root == "ARRAY"
        else f"SPLIT({_shown(column)}, ',')"
    )


def _source_time(rule: DocumentRule, columns: Columns) -> str:
    now = "CAST(CURRENT_TIMESTAMP AS TIMESTAMP_LTZ(3))"
    if not rule.updated:
        return now
    moment = f"CAST({quoted(columns[rule.updated].name)} AS TIMESTAMP_LTZ(3))"
    return f"CASE WHEN {moment} <= {now} THEN {moment} ELSE {now} END"


def _metadata(rule: DocumentRule, columns: Columns) -> str:
    if not rule.metadata:
        return "CAST(NULL AS MAP<STRING, STRING>)"
    return f"MAP[{', '.join(f'{literal(name)}, {_shown(columns[name])}' for name in rule.metadata)}]"
