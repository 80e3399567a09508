"""The form of a contract file, for pydantic: shapes only; what must fit together is checked in `contract`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from ingestion.sources.yaml_lines import LinedYaml, Path

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class Form(BaseModel):
    """Every key is known, every value has its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class FromColumnForm(Form):
    """`{column: name}`."""

    column: Name


def _shape_of_choice(value: Any) -> Any:
    return {"table": value} if isinstance(value, str) else value


class TableForm(Form):
    """`schema.table`, or a mapping where the table needs another name or a key."""

    table: Name
    name: Name | None = None
    key: list[Name] = []


class ColumnForm(Form):
    """`TYPE`, or a mapping where the value lies deeper in the JSON."""

    type: Name
    path: Name | None = None


def _shape_of_column(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


Columns = dict[Name, Annotated[ColumnForm, BeforeValidator(_shape_of_column)]]


class LinesForm(Form):
    """How log lines are read."""

    format: Literal["json", "regex", "plain"]
    pattern: Name | None = Field(default=None, max_length=2000)
    columns: Columns = {}


class DocumentForm(Form):
    """One kind of document."""

    kind: Slug
    sql: Annotated[str, StringConstraints(min_length=1)]
    key: Annotated[list[Name], Field(min_length=1, max_length=8)]
    title: Annotated[str, StringConstraints(min_length=1)]
    text: Annotated[str, StringConstraints(min_length=1)]
    url: str = ""
    language: str | FromColumnForm = "auto"
    readers: list[Name] | FromColumnForm
    cleaning: str = ""
    metadata: list[Name] = []
    updated: str = ""


class ContractForm(Form):
    """The whole file."""

    source: Slug
    connection: Name | None = None
    tables: list[Annotated[TableForm, BeforeValidator(_shape_of_choice)]] | None = None
    topic: Name | None = None
    format: Literal["json"] | None = None
    columns: Columns | None = None
    key: list[Name] | None = None
    files: Annotated[list[Name], Field(min_length=1)] | None = None
    lines: LinesForm | None = None
    documents: Annotated[list[DocumentForm], Field(min_length=1, max_length=50)]


_CHOICES = {
    "language": "must be a code such as en or zh, auto, or {column: name}",
    "readers": "must be a list of names, such as [public], or {column: name}",
}
_KINDS = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of names to values",
    "model_type": "must be a mapping of names to values",
    "model_attributes_type": "must be a mapping of names to values",
    "missing": "is missing",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}


def problems_of(error: ValidationError, file: LinedYaml) -> Iterator[str]:
    """The mistakes pydantic found as sentences with lines, each once, in the order of the file."""
    found = set()
    for one in error.errors():
        path = _path(one["loc"], file)
        choice = (
            _CHOICES.get(path[2]) if len(path) > 2 and path[0] == "documents" and isinstance(path[2], str) else None
        )
        found.add((path[:3], choice) if choice and one["type"] != "missing" else (path, _words(one)))
    for path, words in sorted(found, key=lambda item: (file.line(item[0]), item[1])):
        yield f"line {file.line(path)}: '{_spoken(path)}' {words}"


def _path(location: tuple[str | int, ...], file: LinedYaml) -> Path:
    """pydantic's location without its names of union members."""
    path: Path = ()
    for step in location:
        if (*path, step) in file.lines or step == location[-1]:
            path = (*path, step)
    while path and path not in file.lines and len(path) > 1 and isinstance(path[-1], str) and "[" in path[-1]:
        path = path[:-1]
    union_member = {"str", "FromColumnForm", "list[constrained-str]"}
    return path[:-1] if path and path[-1] in union_member else path


def _spoken(path: Path) -> str:
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in path) or "the file"


def _words(problem: Any) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(str(problem["loc"][-1]), problem["loc"])
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind == "string_pattern_mismatch":
        return "must be lower-case letters, digits, '-' and '_', at most 63, beginning with a letter or digit"
    if kind in {"string_too_long", "too_long"}:
        return f"is longer than {context.get('max_length')}"
    return _KINDS.get(kind, f"is not right: {problem['msg']}")


_KEYS: dict[str, type[Form]] = {
    "documents": DocumentForm,
    "tables": TableForm,
    "columns": ColumnForm,
    "lines": LinesForm,
}


def _unknown_key(name: str, location: tuple[str | int, ...]) -> str:
    form = next((_KEYS[str(step)] for step in reversed(location[:-1]) if step in _KEYS), ContractForm)
    near = difflib.get_close_matches(name, form.model_fields, n=1)
    return f"is not a key of a contract{f'; did you mean {near[0]}?' if near else ''}"
