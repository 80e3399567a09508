"""Rules as YAML that people read and `read_rules` reads back as the same."""

from __future__ import annotations

import re
from typing import Any

import yaml

from app.rules.model import Rules
from app.rules.reading import plain_rules

_PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w-]*(?:[ ][\w-]+)*")
_NOT_TEXT = frozenset({"true", "false", "null"})


class _Dumper(yaml.SafeDumper):
    """Writes texts in quotes unless they are words that nobody could take for anything else."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, ARG002
        """Lists are indented below their key."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def to_yaml(rules: Rules) -> str:
    """`rules` in the plain form."""
    return plain_yaml(plain_rules(rules))


def plain_yaml(body: dict[str, Any]) -> str:
    """The plain data of a rule file as YAML."""
    return yaml.dump(body, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
