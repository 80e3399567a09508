"""Read YAML that people write: every message names its line; no aliases, no repeated keys, no surprises.

Only `true` and `false` are booleans (not `no`, `on`, `y`), nothing becomes a date or a sexagesimal number: an
abbreviation `NO: normally open` is what it says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from retrieval.errors import RejectedError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20


class _Loader(yaml.SafeLoader):
    """A safe loader with the plain scalars of JSON."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way


for _tag, _pattern, _first in (
    ("bool", r"true|false|True|False", "tfTF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
    ("null", r"~|null|", "~n\0"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))
_Loader.yaml_implicit_resolvers[""] = [("tag:yaml.org,2002:null", re.compile(r"\Z"))]


class Located:
    """A YAML document's plain value, and the line where each part of it stands."""

    def __init__(self, text: str, what: str) -> None:
        self.what = what
        self._root = _compose(text, what)
        self.value: Any = _construct(self._root, what)

    def line(self, path: Sequence[int | str]) -> int:
        """The line (from 1) of the deepest part of `path` that exists."""
        node = self._root
        for step in path:
            inner = _inner(node, step)
            if inner is None:
                break
            node = inner
        return int(node.start_mark.line) + 1

    def error(self, path: Sequence[int | str], message: str) -> RejectedError:
        """The error that says `message` about the part at `path`, with its line."""
        return RejectedError(f"{self.what}, line {self.line(path)}: {message}")


def _inner(node: yaml.Node, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                place: yaml.Node = key if isinstance(value, yaml.ScalarNode) else value
                return place
    return None


def _compose(text: str, what: str) -> yaml.Node:
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise RejectedError(f"{what} is larger than {MAX_BYTES:,} bytes")
    try:
        _refuse_depth_and_aliases(text, what)
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
        if node is not None:
            _refuse_repeated_keys(node, what)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise RejectedError(f"{what}{line}: not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise RejectedError(f"{what}: not YAML: {error}") from error
    if node is None:
        raise RejectedError(f"{what} is empty")
    return node


def _refuse_depth_and_aliases(text: str, what: str) -> None:
    """Stops at the first event that is too much: a parser fed with brackets alone takes time squared."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise RejectedError(f"{what}, line {line}: aliases (*{event.anchor}) are not allowed")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise RejectedError(f"{what}, line {line}: nested too deeply")


def _refuse_repeated_keys(node: yaml.Node, what: str) -> None:
    if isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            _refuse_repeated_keys(inner, what)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise RejectedError(f"{what}, line {line}: a key must be a plain word")
        if key.value in seen:
            raise RejectedError(f"{what}, line {line}: {key.value!r} stands twice")
        seen.add(key.value)
        key.tag = "tag:yaml.org,2002:str"
        _refuse_repeated_keys(value, what)


def _construct(node: yaml.Node, what: str) -> Any:
    loader = _Loader("")
    try:
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise RejectedError(f"{what}{line}: {error.problem}") from error
    except ValueError as error:
        raise RejectedError(f"{what}: {error}") from error
    finally:
        loader.dispose()
