"""YAML read together with the line of every value, so that a mistake can be pointed at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from retrieval.errors import RejectedError

Path = tuple[str | int, ...]
MAX_CHARACTERS = 262_144


@dataclass(frozen=True, slots=True)
class LinedYaml:
    """A YAML file as plain values, and the line (from 1) on which each of them begins, by its path.

    `text_lines` holds, for texts, the line of their first character (a block text begins below its key).
    """

    value: Any
    lines: Mapping[Path, int]
    text_lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing above it that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> LinedYaml:
    """The file's values with their lines.

    Raises:
        RejectedError: it is not YAML, has a key twice, uses aliases, or is longer than a contract may be.
    """
    if len(text) > MAX_CHARACTERS:
        raise RejectedError(f"the file has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}")
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise RejectedError(f"line {line}: aliases (*name) are not read here, write the value out")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        reader = _Reader()
        value = reader.read(node, ()) if node is not None else None
    except RecursionError:
        raise RejectedError("the file is nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RejectedError(f"line {line}: this is not YAML: {error.problem or error}") from None
    except yaml.YAMLError as error:
        raise RejectedError(f"this is not YAML: {error}") from None
    if reader.problems:
        raise RejectedError("\n".join(reader.problems))
    return LinedYaml(value, reader.lines, reader.text_lines)


class _Reader:
    """Walks the nodes; plain scalars become what YAML makes of them."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.text_lines: dict[Path, int] = {}
        self.problems: list[str] = []
        self._constructor = yaml.SafeLoader("")

    def read(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, number)) for number, item in enumerate(node.value)]
        self.text_lines[path] = line + 1 if getattr(node, "style", None) in {"|", ">"} else line
        return self._constructor.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(f"line {line}: a key must be a word")
                continue
            key = str(key_node.value)
            if key in values:
                self.problems.append(f"line {line}: '{key}' is there twice (first on line {self.lines[*path, key]})")
                continue
            self.lines[*path, key] = line
            values[key] = self.read(value_node, (*path, key))
        return values
