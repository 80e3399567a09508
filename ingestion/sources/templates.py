"""Templates of titles, texts and addresses: `{column}` stands for a value, `{{` and `}}` for braces."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.errors import RejectedError

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The value of one column of the document's query."""

    column: str


@dataclass(frozen=True, slots=True)
class Template:
    """Literal texts and placeholders in order; no parts for an empty template."""

    parts: tuple[str | Placeholder, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns named, each once, in order."""
        return tuple(dict.fromkeys(part.column for part in self.parts if isinstance(part, Placeholder)))

    @property
    def only_column(self) -> str:
        """The column's name when the template is one placeholder and nothing else, otherwise ""."""
        first = self.parts[0] if len(self.parts) == 1 else ""
        return first.column if isinstance(first, Placeholder) else ""


def read_template(text: str) -> Template:
    """The parts of a template.

    Raises:
        RejectedError: a brace is left open, or a placeholder is empty.
    """
    parts: list[str | Placeholder] = []
    literal: list[str] = []
    position = 0
    for found in _TOKEN.finditer(text):
        literal.append(text[position : found.start()])
        position = found.end()
        token = found.group()
        if token in {"{{", "}}"}:
            literal.append(token[0])
        elif len(token) == 1:
            raise RejectedError(
                f"a single '{token}' stands in the template; write '{token}{token}' for the character itself"
            )
        elif not (found.group(1) or "").strip():
            raise RejectedError("'{}' names no column")
        else:
            _close(parts, literal)
            parts.append(Placeholder((found.group(1) or "").strip()))
    literal.append(text[position:])
    _close(parts, literal)
    return Template(tuple(parts))


def _close(parts: list[str | Placeholder], literal: list[str]) -> None:
    joined = "".join(literal)
    if joined:
        parts.append(joined)
    literal.clear()
